"""What SEARCH, SORT, THREAD and ESEARCH have in common: finding the messages, and saying what was found."""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Final

from posthouse.model.settings.programs import IMAP_MESSAGE_LIMIT
from posthouse.protocols.imap.commands.search.keys import Fuzzy, Messages, ModSequence, SearchKey, mentions
from posthouse.protocols.imap.commands.search.returns import SearchReturn, SearchReturns
from posthouse.protocols.imap.responses.search import Result
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.commands.limiting import Limited, limited
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.searching.catalogue import Catalogue
from posthouse.servers.imap.searching.finder import PERFECT, Finder, Hits
from posthouse.servers.imap.searching.pacing import Pace
from posthouse.servers.imap.searching.rows import Rows
from posthouse.servers.imap.session import Session

ALL: Final = SearchReturns()
SAVE_ALONE: Final = SearchReturns(frozenset({SearchReturn.SAVE}))
"""Nothing is to be told."""
_SOME: Final = frozenset({SearchReturn.MIN, SearchReturn.MAX})
_EVERY: Final = frozenset({SearchReturn.ALL, SearchReturn.COUNT})


async def look(
    session: Session,
    selected: Selected,
    keys: Sequence[SearchKey],
    returns: SearchReturns | None,
    among: Sequence[int] | None = None,
) -> Hits:
    """Find messages of a mailbox, among these UIDs where any are given.

    Who asks for modification sequences is told them from now on (RFC 7162 §3.1).

    Raises: Bad for RELEVANCY without FUZZY (RFC 6203 §4), and for UPDATE under a tag that is in use; what finding raises.
    """
    if returns is not None and SearchReturn.RELEVANCY in returns.options and not mentions(keys, Fuzzy):
        raise Bad("RELEVANCY wants a FUZZY key")
    if returns is not None and SearchReturn.UPDATE in returns.options and session.tag in selected.results:
        raise Bad("Another result is kept up to date under this tag")
    if mentions(keys, ModSequence):
        session.enable_condstore()
    return await finder_of(session, selected).find(keys, among)


async def searchable(session: Session, selected: Selected, keys: Sequence[SearchKey]) -> Limited | None:
    """The messages that a search may look at; None: all of them.

    Those that are named by number or UID count, so that a client gets on by ranges (RFC 9738 §3.1).
    """
    limit = session.house.settings[IMAP_MESSAGE_LIMIT]
    if not limit or len(selected.uids) <= limit:
        return None
    named = [key for key in keys if isinstance(key, Messages)]
    return limited(session, (await finder_of(session, selected).find(named)).uids)


async def tell(session: Session, portions: Iterable[bytes]) -> None:
    """Write an answer that may be long."""
    pace = Pace()
    for portion in portions:
        session.write(portion)
        await pace.step()


def finder_of(session: Session, selected: Selected) -> Finder:
    """Make the finder for the messages of a mailbox as they are now."""
    rows = Rows(selected.mail, selected)
    return Finder(rows, catalogue_of(session, selected), session.house.search_of(selected.mail), session.house.clock.now())


def catalogue_of(session: Session, selected: Selected) -> Catalogue:
    """The columns of a mailbox."""
    return session.house.catalogues.of(selected.mail.account_id, selected.mailbox_id)


def result(hits: Hits, order: Sequence[int] | None, keys: Sequence[SearchKey], returns: SearchReturns, *, uid: bool) -> Result:
    """Say what was found: by UID or number, sorted where there is an ``order`` of rows."""
    uids = hits.rows.uids
    if uid:
        numbers = hits.uids if order is None else [uids[row] for row in order]
    else:
        numbers = [row + 1 for row in (_rows(hits) if order is None else order)]
    told = [hits.rows.uids[row] for row in _told_rows(hits, order, returns)] if _wants_more(keys, returns) else []
    relevancies = [hits.scores.get(told_uid, PERFECT) for told_uid in told] if SearchReturn.RELEVANCY in returns.options else ()
    highest = max(map(hits.rows.selected.mod_sequence, told), default=None) if mentions(keys, ModSequence) else None
    return Result(numbers, order is not None, highest, relevancies)


def saved(hits: Hits, returns: SearchReturns) -> list[int]:
    """Choose what ``$`` will mean: all, or only what MIN, MAX and PARTIAL told (RFC 5182 §2.4, RFC 9394 §3.2)."""
    uids, options = hits.uids, returns.options
    if returns.partial is None and (options & _EVERY or not options & _SOME):
        return uids
    chosen = set() if returns.partial is None else set(uids[returns.partial.slice(len(uids))])
    if SearchReturn.MIN in options:
        chosen.update(uids[:1])
    if SearchReturn.MAX in options:
        chosen.update(uids[-1:])
    return sorted(chosen)


def _wants_more(keys: Sequence[SearchKey], returns: SearchReturns) -> bool:
    """Whether more is to be said of the messages than their numbers."""
    return SearchReturn.RELEVANCY in returns.options or mentions(keys, ModSequence)


def _told_rows(hits: Hits, order: Sequence[int] | None, returns: SearchReturns) -> Sequence[int]:
    """Rows of the messages that the answer is about: all found, or those that MIN, MAX and PARTIAL name (RFC 7162 §3.1.6)."""
    rows = _rows(hits) if order is None else order
    if returns.partial is None and (returns.options & _EVERY or not returns.options & _SOME):
        return rows
    told = [] if returns.partial is None else list(rows[returns.partial.slice(len(rows))])
    if SearchReturn.MIN in returns.options:
        told += rows[:1]
    if SearchReturn.MAX in returns.options:
        told += rows[-1:]
    return told


def _rows(hits: Hits) -> Sequence[int]:
    if len(hits.uids) == len(hits.rows):
        return range(len(hits.rows))
    return list(compress(range(len(hits.rows)), hits.mask))
