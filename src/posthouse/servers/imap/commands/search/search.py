"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 4731, 5182, 5267, 9394), and CANCELUPDATE."""

from collections.abc import Iterable

from posthouse.protocols.imap.commands.search.command import CancelUpdate, Search
from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.responses import search as response
from posthouse.servers.imap.answers import Bad, Done
from posthouse.servers.imap.commands.search.filters import with_filters
from posthouse.servers.imap.commands.search.looking import ALL, SAVE_ALONE, look, result, saved, searchable, tell
from posthouse.servers.imap.commands.search.updating import keep_updated
from posthouse.servers.imap.searching.finder import Hits
from posthouse.servers.imap.session import Session


async def search(session: Session, command: Search) -> Done:
    """Find messages, and say or remember which."""
    selected = session.the_selected()
    saves = command.returns is not None and SearchReturn.SAVE in command.returns.options
    try:
        command = await with_filters(session, command)
        with session.patience():
            among = await searchable(session, selected, command.keys)
            hits = await look(session, selected, command.keys, command.returns, None if among is None else among.uids)
    except Exception:
        if saves:
            selected.saved = []  # RFC 5182 §2.1: a search that failed has no result
        raise
    if saves:
        selected.saved = saved(hits, command.returns or ALL)
    await tell(session, _response(session, command, hits))
    if command.returns is not None and SearchReturn.UPDATE in command.returns.options:
        keep_updated(session, hits, command.keys, uid=command.uid)
    return Done("Search completed", b"" if among is None else among.code)


async def cancel_update(session: Session, command: CancelUpdate) -> Done:
    """Tell no longer of changes to those results.

    Raises: Bad for a tag that none of them has.
    """
    results = session.the_selected().results
    if not results.keys() >= set(command.tags):
        raise Bad("Nothing is kept up to date under this tag")
    for tag in set(command.tags):
        del results[tag]
    return Done("Updates cancelled")


def _response(session: Session, command: Search, hits: Hits) -> Iterable[bytes]:
    """Say what was found: IMAP4rev2 always wants ESEARCH, and SAVE alone wants nothing."""
    if command.returns is None and not session.rev2:
        return response.search(result(hits, None, command.keys, ALL, uid=command.uid))
    returns = command.returns or ALL
    if returns == SAVE_ALONE:
        return ()
    found = result(hits, None, command.keys, returns, uid=command.uid)
    return (response.esearch(response.Correlator(session.tag), found, returns.options, returns.partial, uid=command.uid),)
