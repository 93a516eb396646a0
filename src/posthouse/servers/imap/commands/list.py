"""LIST and LSUB (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 3501 §6.3.9)."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from posthouse.model.mailbox import SEPARATOR, SpecialUse
from posthouse.model.sharing.rights import Right
from posthouse.protocols.imap.commands.list import List, ListReturn, ListSelection, Lsub
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.commands.sharing.acl import my_rights_line
from posthouse.servers.imap.commands.sharing.metadata import metadata_line
from posthouse.servers.imap.commands.status import status_line
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.folders.others import of_names, of_sharers
from posthouse.servers.imap.listing.names import Name, names_of
from posthouse.servers.imap.listing.pattern import PATTERNS, Patterns
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.special_use import ATTRIBUTES
from posthouse.services.mail import Mail

_SEPARATOR: Final = SEPARATOR.encode()


async def list_(session: Session, command: List) -> Done:
    """List names that fit, with what is asked for of each."""
    if command.patterns == ("",):
        session.write(response.list_root(_SEPARATOR))
        return Done("Separator told")
    if len(command.patterns) > PATTERNS:
        raise No(f"At most {PATTERNS} patterns")
    patterns = Patterns(command.reference, command.patterns)
    utf8 = session.connection.utf8
    names = await _gathered(session, command, patterns)
    for name in names.found:
        if not patterns.match(name.name):
            continue
        extended = _selected(name, command)
        if extended is None:
            continue
        session.write(response.list_(_attributes(name, command), _SEPARATOR, name.name, utf8=utf8, extended=extended))
        if name.mailbox is not None:
            await _tell_more(session, command, Folder(names.mails.get(name.name, names.own), name.mailbox))
            await session.drain()
    return Done("Mailboxes listed")


async def _tell_more(session: Session, command: List, folder: Folder) -> None:
    """Write what is asked for of a mailbox beside its name, as far as one may know it."""
    if ListReturn.MYRIGHTS in command.returns:
        session.write(await my_rights_line(session, folder))
    if command.metadata:
        session.write(await metadata_line(session, folder, command.metadata))
    if command.status and (await folder.mail.rights(folder.mailbox.id)) & Right.READ:
        session.write(await status_line(session, folder, command.status))


async def lsub(session: Session, command: Lsub) -> Done:
    r"""List subscribed names; with ``%`` also the level above one, as \Noselect (RFC 3501 §6.3.9)."""
    patterns = Patterns(command.reference, (command.pattern,))
    mail, _ = session.the_mail()
    for name in names_of((), await mail.subscriptions()):
        is_above = name.has_subscribed_children and command.pattern.endswith("%")
        if (name.is_subscribed or is_above) and patterns.match(name.name):
            attributes = [] if name.is_subscribed else [response.NO_SELECT]
            session.write(response.lsub(attributes, _SEPARATOR, name.name, utf8=session.connection.utf8))
    return Done("Subscriptions listed")


class _Names(NamedTuple):
    """All names that may be meant."""

    found: list[Name]
    own: Mail
    mails: dict[str, Mail]
    """By name: mailboxes of others."""


async def _gathered(session: Session, command: List, patterns: Patterns) -> _Names:
    """One's own names with those of others; where only subscriptions are wanted others are asked only for those."""
    mail, folders = session.the_mail()
    people = session.house.people
    subscriptions = await mail.subscriptions()
    if ListSelection.SUBSCRIBED in command.selection:
        others = await of_names(people, folders, filter(patterns.match, subscriptions))
    else:
        others = await of_sharers(people, mail.account_id, folders, patterns)
    mailboxes = [*await folders.all(), *[folder.mailbox for folder in others.folders]]
    mails = {folder.name: folder.mail for folder in others.folders}
    return _Names(names_of(mailboxes, subscriptions, others.levels), mail, mails)


def _selected(name: Name, command: List) -> bytes | None:
    """Decide whether a name that fits is listed: None, or the extended data that says why (often empty)."""
    selection = command.selection
    is_recursive = ListSelection.RECURSIVEMATCH in selection
    if ListSelection.SUBSCRIBED not in selection and ListSelection.SPECIAL_USE not in selection:
        return b"" if name.mailbox is not None or name.has_children else None
    chosen, below = _criteria(name, selection)
    if is_recursive and all(below):
        kinds = [kind for kind in (b"SUBSCRIBED", b"SPECIAL-USE") if ListSelection(kind) in selection]
        return response.child_info(kinds)
    return b"" if all(chosen) else None


def _criteria(name: Name, selection: frozenset[ListSelection]) -> tuple[list[bool], list[bool]]:
    """Which of the criteria the name meets, and which something below it meets."""
    chosen: list[bool] = []
    below: list[bool] = []
    if ListSelection.SUBSCRIBED in selection:
        chosen.append(name.is_subscribed)
        below.append(name.has_subscribed_children)
    if ListSelection.SPECIAL_USE in selection:
        chosen.append(_attribute_of_use(name) is not None)
        below.append(name.has_special_children)
    return chosen, below


def _attributes(name: Name, command: List) -> Iterable[bytes]:
    is_extended = bool(command.selection or command.returns or command.status or command.metadata)
    if name.mailbox is None:
        yield response.NON_EXISTENT if is_extended else response.NO_SELECT
    yield response.HAS_CHILDREN if name.has_children else response.HAS_NO_CHILDREN
    if name.is_subscribed and (ListReturn.SUBSCRIBED in command.returns or ListSelection.SUBSCRIBED in command.selection):
        yield response.SUBSCRIBED
    use = _attribute_of_use(name)
    if use is not None:
        yield use


def _attribute_of_use(name: Name) -> bytes | None:
    use: SpecialUse | None = None if name.mailbox is None else name.mailbox.special_use
    return None if use is None else ATTRIBUTES.get(use)
