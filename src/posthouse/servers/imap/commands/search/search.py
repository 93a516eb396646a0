"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182)."""

from collections.abc import Collection

from posthouse.protocols.imap.commands.search.command import Search, SearchReturn
from posthouse.protocols.imap.responses import search as response
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.searching.finder import find
from posthouse.servers.imap.session import Session


async def search(session: Session, command: Search) -> Done:
    """Find messages, and say or remember which."""
    mail, _ = session.the_mail()
    selected = session.the_selected()
    saves = command.returns is not None and SearchReturn.SAVE in command.returns
    try:
        uids = await find(mail, selected, command.keys, session.house.clock.now())
    except Exception:
        if saves:
            selected.saved = []  # RFC 5182 §2.1: a search that failed has no result
        raise
    if saves:
        selected.saved = _to_save(uids, command.returns or ())
    session.write(_response(session, selected, command, uids))
    return Done("Search completed")


def _response(session: Session, selected: Selected, command: Search, uids: list[int]) -> bytes:
    """Say what was found: IMAP4rev2 always wants ESEARCH, and SAVE alone wants nothing."""
    numbers = uids if command.uid else list(selected.numbers(uids))
    if command.returns is None and not session.rev2:
        return response.search(numbers)
    returns = command.returns or {SearchReturn.ALL}
    if returns == {SearchReturn.SAVE}:
        return b""
    return response.esearch(session.tag, numbers, returns, uid=command.uid)


def _to_save(uids: list[int], returns: Collection[SearchReturn]) -> list[int]:
    """Choose what ``$`` will mean: all, or only what MIN and MAX told (RFC 5182 §2.4)."""
    if SearchReturn.ALL in returns or SearchReturn.COUNT in returns or not {SearchReturn.MIN, SearchReturn.MAX} & {*returns}:
        return uids
    ends = uids[:1] if SearchReturn.MIN in returns else []
    return sorted({*ends, *(uids[-1:] if SearchReturn.MAX in returns else [])})
