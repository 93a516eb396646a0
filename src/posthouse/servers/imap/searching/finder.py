"""Finding the messages that match: cheap keys first, dear ones on what is left."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from posthouse.protocols.imap.commands.search.keys import And, SearchKey
from posthouse.protocols.imap.projections.registry import PROJECTIONS
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.searching.masks import Masks
from posthouse.servers.imap.searching.predicates import WEIGHTS, Compiler, Predicate, columns_of
from posthouse.services.mail import Mail


async def find(mail: Mail, selected: Selected, keys: Sequence[SearchKey], now: float) -> list[int]:
    """Return the UIDs, ascending, of the messages all keys match; ``now`` in seconds since 1970."""
    masks = Masks(selected)
    keys = list(_flattened(keys))
    uids = masks.uids(masks.all_of([key for key in keys if not columns_of(key)]))
    dear = sorted((key for key in keys if columns_of(key)), key=_weight)
    for _, group in groupby(dear, _weight):
        stage = list(group)
        columns = sorted(frozenset().union(*map(columns_of, stage)))
        uids = await _filter(mail, selected, uids, columns, Compiler(columns, masks, now).all_of(stage))
    return uids


def _flattened(keys: Sequence[SearchKey]) -> Iterator[SearchKey]:
    """Take parentheses away where they make no difference."""
    for key in keys:
        if isinstance(key, And):
            yield from _flattened(key.keys)
        else:
            yield key


def _weight(key: SearchKey) -> int:
    return max(WEIGHTS[column] for column in columns_of(key))


async def _filter(mail: Mail, selected: Selected, uids: list[int], columns: Sequence[str], predicate: Predicate) -> list[int]:
    found: list[int] = []
    start = 0
    while start < len(uids):
        fetched = await mail.fetch(selected.mailbox_id, uids, columns, start)
        start = fetched.next_index
        if fetched.rows:
            rows = await _complete(Page(mail, selected, columns, fetched.rows), columns)
            found += [row[0] for row in rows if predicate(row)]
    return found


async def _complete(page: Page, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of a page with the projections made that the store has not made yet."""
    values = [await page.projection(name) if name in PROJECTIONS else page.column(name) for name in columns]
    return zip(page.uids, *values, strict=True)
