"""ESEARCH (RFC 7377): one search of many mailboxes, one answer for each in which something was found."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.model.mailbox import INBOX, SEPARATOR, SpecialUse, check_name
from posthouse.protocols.imap.commands.search.esearch import MultiSearch, Source, SourceKind
from posthouse.protocols.imap.commands.search.keys import Messages, SearchKey, parts
from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import search as response
from posthouse.protocols.imap.responses.status import untagged_no
from posthouse.servers.imap.answers import Bad, Done
from posthouse.servers.imap.commands.search.filters import with_filters
from posthouse.servers.imap.commands.search.looking import ALL, SAVE_ALONE, look, result, saved
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.folders.others import of_names
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session

_SELECTED = (Source(SourceKind.SELECTED),)


async def esearch(session: Session, command: MultiSearch) -> Done:
    """Search mailboxes; those that do not exist, or are gone meanwhile, are passed over (RFC 7377 §2.1).

    Raises: Bad for what makes sense in the selected mailbox only; what finding raises.
    """
    command = await with_filters(session, command)
    sources = command.sources or _SELECTED
    _check(session, command, sources)
    returns = command.returns or ALL
    if SearchReturn.UPDATE in returns.options:
        session.write(untagged_no(session.modes.say("ESEARCH results are not kept up to date"), codes.no_update(session.tag)))
    with session.patience():
        for folder in await _meant(session, sources):
            try:
                await _search(session, command, folder)
            except (NotFound, NotPermitted):
                continue
            await session.drain()
    return Done("Search completed")


async def _search(session: Session, command: MultiSearch, folder: Folder) -> None:
    returns = command.returns or ALL
    async with _open(session, folder) as selected:
        hits = await look(session, selected, command.keys, command.returns)
        if SearchReturn.SAVE in returns.options:
            selected.saved = saved(hits, returns)
        if not hits.uids or returns == SAVE_ALONE:
            return
        found = result(hits, None, command.keys, returns, uid=True)
    correlator = response.Correlator(session.tag, (folder.name, folder.mailbox.uid_validity), session.connection.utf8)
    session.write(response.esearch(correlator, found, returns.options, returns.partial, uid=True))


@asynccontextmanager
async def _open(session: Session, folder: Folder) -> AsyncIterator[Selected]:
    """Open a mailbox as if it were selected, for reading."""
    if session.selected is not None and session.selected.mailbox_id == folder.mailbox.id:
        yield session.selected
        return
    view = await session.house.views.open(folder.mail, folder.mailbox.id)
    selected = Selected(view, folder.name, is_read_only=True, modes=session.modes)
    try:
        yield selected
    finally:
        selected.close()
        session.house.views.close(view)


def _check(session: Session, command: MultiSearch, sources: tuple[Source, ...]) -> None:
    """Refuse what is meant for the selected mailbox and asked of others (RFC 7377 §2.2)."""
    is_selected_only = all(source.kind is SourceKind.SELECTED for source in sources)
    if any(source.kind is SourceKind.SELECTED for source in sources) and session.selected is None:
        raise Bad("No mailbox is selected")
    if is_selected_only:
        return
    if command.returns is not None and SearchReturn.SAVE in command.returns.options:
        raise Bad("Only a search of the selected mailbox can be saved")
    if _uses_numbers(command.keys):
        raise Bad("Message numbers, and what was saved, belong to the selected mailbox")


def _uses_numbers(keys: Iterable[SearchKey]) -> bool:
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if isinstance(key, Messages) and (key.messages.is_saved or not key.uid):
            return True
        waiting += parts(key)
    return False


async def _meant(session: Session, sources: Iterable[Source]) -> list[Folder]:
    """The mailboxes meant, each once; empty ones need not be looked at."""
    mail, folders = session.the_mail()
    subscriptions = await mail.subscriptions()
    named = {*subscriptions, *[name for source in sources for name in source.names]}
    if session.selected is not None:
        named.add(session.selected.name)
    others = await of_names(session.house.people, folders, named)
    everything = [*[Folder(mail, mailbox) for mailbox in await folders.all()], *others.folders]
    selected = session.selected
    meant: dict[str, Folder] = {}
    for source in sources:
        names = [name for name in map(_normalised, source.names) if name is not None]
        if source.kind is SourceKind.SUBSCRIBED:
            names = subscriptions
        for folder in everything:
            is_selected = selected is not None and selected.mailbox_id == folder.mailbox.id
            if is_selected if source.kind is SourceKind.SELECTED else _is_meant(source.kind, names, folder):
                meant[folder.name] = folder
    return [folder for folder in meant.values() if folder.mailbox.messages or (selected and selected.name == folder.name)]


def _is_meant(kind: SourceKind, names: list[str], folder: Folder) -> bool:
    mailbox = folder.mailbox
    if kind in (SourceKind.MAILBOXES, SourceKind.SUBSCRIBED):
        return mailbox.name in names
    if kind in (SourceKind.SUBTREE, SourceKind.SUBTREE_ONE):
        deepest = None if kind is SourceKind.SUBTREE else 1
        return any(_is_below(mailbox.name, name, deepest) for name in names)
    if folder.mail.viewer is not None:
        return False
    return kind is SourceKind.PERSONAL or mailbox.name == INBOX or mailbox.special_use is SpecialUse.JUNK


def _is_below(name: str, top: str, deepest: int | None) -> bool:
    """Whether ``name`` is ``top`` or below it, by no more than ``deepest`` levels where that is given; all are below no name."""
    if name == top:
        return True
    rest = name if not top else name.removeprefix(top + SEPARATOR)
    if top and rest == name:
        return False
    return deepest is None or rest.count(SEPARATOR) < deepest


def _normalised(name: str) -> str | None:
    """The name as mailboxes have it; None where no mailbox can have it."""
    try:
        return check_name(name) if name else ""
    except Invalid:
        return None
