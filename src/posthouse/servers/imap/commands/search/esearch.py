"""ESEARCH (RFC 7377): one search of many mailboxes, one answer for each in which something was found."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.mailbox import INBOX, SEPARATOR, Mailbox, SpecialUse, check_name
from posthouse.protocols.imap.commands.search.esearch import MultiSearch, Source, SourceKind
from posthouse.protocols.imap.commands.search.keys import Messages, SearchKey, parts
from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import search as response
from posthouse.protocols.imap.responses.status import untagged_no
from posthouse.servers.imap.answers import Bad, Done
from posthouse.servers.imap.commands.search.looking import ALL, SAVE_ALONE, look, result, saved
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session

_SELECTED = (Source(SourceKind.SELECTED),)


async def esearch(session: Session, command: MultiSearch) -> Done:
    """Search mailboxes; those that do not exist, or are gone meanwhile, are passed over (RFC 7377 §2.1).

    Raises: Bad for what makes sense in the selected mailbox only; what finding raises.
    """
    sources = command.sources or _SELECTED
    _check(session, command, sources)
    returns = command.returns or ALL
    if SearchReturn.UPDATE in returns.options:
        session.write(untagged_no("ESEARCH results are not kept up to date", codes.no_update(session.tag)))
    with session.patience():
        for mailbox in await _meant(session, sources):
            try:
                await _search(session, command, mailbox)
            except NotFound:
                continue
            await session.drain()
    return Done("Search completed")


async def _search(session: Session, command: MultiSearch, mailbox: Mailbox) -> None:
    returns = command.returns or ALL
    async with _open(session, mailbox) as selected:
        hits = await look(session, selected, command.keys, command.returns)
        if SearchReturn.SAVE in returns.options:
            selected.saved = saved(hits, returns)
        if not hits.uids or returns == SAVE_ALONE:
            return
        found = result(hits, None, command.keys, returns, uid=True)
    correlator = response.Correlator(session.tag, (mailbox.name, mailbox.uid_validity), session.connection.utf8)
    session.write(response.esearch(correlator, found, returns.options, returns.partial, uid=True))


@asynccontextmanager
async def _open(session: Session, mailbox: Mailbox) -> AsyncIterator[Selected]:
    """Open a mailbox as if it were selected, for reading."""
    if session.selected is not None and session.selected.mailbox_id == mailbox.id:
        yield session.selected
        return
    mail, _ = session.the_mail()
    view = await session.house.views.open(mail, mailbox.id)
    selected = Selected(view, mailbox.name, is_read_only=True, modes=session.modes)
    try:
        yield selected
    finally:
        selected.close()
        session.house.views.close(mail.account_id, view)


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


async def _meant(session: Session, sources: Iterable[Source]) -> list[Mailbox]:
    """The mailboxes meant, each once; empty ones need not be looked at."""
    _, folders = session.the_mail()
    everything = await folders.all()
    selected = session.selected
    meant: dict[str, Mailbox] = {}
    for source in sources:
        names = [name for name in map(_normalised, source.names) if name is not None]
        for mailbox in everything:
            is_selected = selected is not None and selected.mailbox_id == mailbox.id
            if is_selected if source.kind is SourceKind.SELECTED else _is_meant(source.kind, names, mailbox):
                meant[mailbox.name] = mailbox
    return [mailbox for mailbox in meant.values() if mailbox.messages or (selected and selected.mailbox_id == mailbox.id)]


def _is_meant(kind: SourceKind, names: list[str], mailbox: Mailbox) -> bool:
    if kind is SourceKind.MAILBOXES:
        return mailbox.name in names
    if kind in (SourceKind.SUBTREE, SourceKind.SUBTREE_ONE):
        deepest = None if kind is SourceKind.SUBTREE else 1
        return any(_is_below(mailbox.name, name, deepest) for name in names)
    if kind is SourceKind.SUBSCRIBED:
        return mailbox.subscribed
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
