"""LIST and LSUB (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 3501 §6.3.9)."""

from collections.abc import Iterable
from typing import Final

from posthouse.model.mailbox import SEPARATOR, SpecialUse
from posthouse.protocols.imap.commands.list import List, ListReturn, ListSelection, Lsub
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.commands.status import status_line
from posthouse.servers.imap.listing.names import Name, names_of
from posthouse.servers.imap.listing.pattern import PATTERNS, Patterns
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.special_use import ATTRIBUTES

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
    for name in await _names(session):
        if not patterns.match(name.name):
            continue
        extended = _selected(name, command)
        if extended is None:
            continue
        session.write(response.list_(_attributes(name, command), _SEPARATOR, name.name, utf8=utf8, extended=extended))
        if command.status and name.mailbox is not None:
            session.write(await status_line(session, name.mailbox, command.status))
    return Done("Mailboxes listed")


async def lsub(session: Session, command: Lsub) -> Done:
    r"""List subscribed names; with ``%`` also the level above one, as \Noselect (RFC 3501 §6.3.9)."""
    patterns = Patterns(command.reference, (command.pattern,))
    for name in await _names(session):
        is_above = name.has_subscribed_children and command.pattern.endswith("%")
        if (name.is_subscribed or is_above) and patterns.match(name.name):
            attributes = [] if name.is_subscribed else [response.NO_SELECT]
            session.write(response.lsub(attributes, _SEPARATOR, name.name, utf8=session.connection.utf8))
    return Done("Subscriptions listed")


async def _names(session: Session) -> list[Name]:
    mail, folders = session.the_mail()
    return names_of(await folders.all(), await mail.subscriptions())


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
    is_extended = bool(command.selection or command.returns)
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
