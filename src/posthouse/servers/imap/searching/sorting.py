"""Putting messages in order (RFC 5256 §3, RFC 5957): stable sorts by compact columns, the last criterion first."""

from array import array
from collections.abc import Sequence
from itertools import compress
from typing import Any, Final

from posthouse.ports.account_store import RECEIVED_AT, SIZE
from posthouse.protocols.imap.commands.search.sort import SortCriterion, SortKey
from posthouse.protocols.imap.projections.registry import SENT
from posthouse.servers.imap.searching.catalogue import Catalogue
from posthouse.servers.imap.searching.finder import PERFECT, Hits
from posthouse.servers.imap.searching.pacing import sort_in_turns
from posthouse.servers.imap.searching.rows import Rows

_COLUMNS: Final = {
    SortKey.ARRIVAL: RECEIVED_AT,
    SortKey.SIZE: SIZE,
    SortKey.FROM: "from_",
    SortKey.TO: "to",
    SortKey.CC: "cc",
    SortKey.DISPLAYFROM: "display_from",
    SortKey.DISPLAYTO: "display_to",
    SortKey.SUBJECT: "subject",
}
_ROW_OCTETS: Final = 4


async def in_order(hits: Hits, criteria: Sequence[SortCriterion], catalogue: Catalogue) -> Sequence[int]:
    """Return the rows of the messages found, sorted; of those that are equal the first comes first.

    Raises: LimitReached; what the account store raises.
    """
    rows = hits.rows
    if any(criterion.key is SortKey.RELEVANCY for criterion in criteria):
        return await _sorted(list(compress(range(len(rows)), hits.mask)), criteria, hits, catalogue)
    if len(hits.uids) * 4 < len(rows):  # few of many: sorting them alone is quicker than going through all
        return await _sorted(list(compress(range(len(rows)), hits.mask)), criteria, hits, catalogue)
    question = ("sort", tuple(criteria))
    order: array[int] | None = catalogue.answer(question, rows)
    if order is None:
        order = array("I", await _sorted(list(range(len(rows))), criteria, hits, catalogue))
        catalogue.remember(question, rows, order, len(order) * _ROW_OCTETS)
    if len(hits.uids) == len(rows):
        return order
    return list(compress(order, map(hits.mask.__getitem__, order)))


async def sent_moments(rows: Rows, catalogue: Catalogue) -> Sequence[float]:
    """When each message was sent: what its Date field says, else when it arrived (RFC 5256 §2.2)."""
    dates = await catalogue.column(SENT, rows)
    if 0 not in dates.days:
        seconds: Sequence[float] = dates.seconds
        return seconds
    arrivals = await catalogue.column(RECEIVED_AT, rows)
    return [second if day else int(arrival) for day, second, arrival in zip(dates.days, dates.seconds, arrivals, strict=True)]


async def _sorted(rows: list[int], criteria: Sequence[SortCriterion], hits: Hits, catalogue: Catalogue) -> list[int]:
    columns = [await _column(criterion.key, hits, catalogue) for criterion in criteria]
    for criterion, column in zip(reversed(criteria), reversed(columns), strict=True):
        rows = await sort_in_turns(rows, column.__getitem__, reverse=criterion.reverse)
    return rows


async def _column(key: SortKey, hits: Hits, catalogue: Catalogue) -> Sequence[Any]:
    if key is SortKey.DATE:
        return await sent_moments(hits.rows, catalogue)
    if key is SortKey.RELEVANCY:
        return [-hits.scores.get(uid, PERFECT) for uid in hits.rows.uids]  # the best come first (RFC 6203 §5)
    column: Sequence[Any] = await catalogue.column(_COLUMNS[key], hits.rows)
    return column
