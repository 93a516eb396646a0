"""The attributes of FETCH that are answered from flags, numbers and texts rendered at delivery."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from posthouse.ports.account_store import OCTETS, RECEIVED_AT, SIZE
from posthouse.protocols.imap.commands.fetch import FetchItem
from posthouse.protocols.imap.projections.body_structure import body
from posthouse.protocols.imap.projections.registry import BODY_STRUCTURE, ENVELOPE, STRUCTURE
from posthouse.protocols.imap.responses.fetch import internal_date
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.stream import Value


class Item(NamedTuple):
    """How one attribute is answered."""

    template: bytes
    """The item's text with one ``%d`` or ``%b`` for the value."""
    columns: tuple[str, ...]
    """What it needs from the store."""
    values: Callable[[Page], Awaitable[Sequence[Value]]]
    """One value for each message of a page."""
    sets_seen: bool = False
    """Whether the messages become seen by it."""


async def _uids(page: Page) -> Sequence[Value]:
    return page.uids


async def _flags(page: Page) -> Sequence[Value]:
    return await page.flags()


async def _dates(page: Page) -> Sequence[Value]:
    return [internal_date(seconds) for seconds in page.column(RECEIVED_AT)]


async def _sizes(page: Page) -> Sequence[Value]:
    return page.column(SIZE)


async def _envelopes(page: Page) -> Sequence[Value]:
    return await page.projection(ENVELOPE)


async def _body_structures(page: Page) -> Sequence[Value]:
    return await page.projection(BODY_STRUCTURE)


async def _bodies(page: Page) -> Sequence[Value]:
    """BODY without extension data is asked for so seldom that it is not kept."""
    return [body(await page.octets(index), await page.structure(index)) for index in range(len(page))]


SIMPLE: Final[dict[FetchItem, Item]] = {
    FetchItem.UID: Item(b"UID %d", (), _uids),
    FetchItem.FLAGS: Item(b"FLAGS (%b)", (), _flags),
    FetchItem.INTERNALDATE: Item(b"%b", (RECEIVED_AT,), _dates),
    FetchItem.RFC822_SIZE: Item(b"RFC822.SIZE %d", (SIZE,), _sizes),
    FetchItem.ENVELOPE: Item(b"ENVELOPE %b", (ENVELOPE,), _envelopes),
    FetchItem.BODYSTRUCTURE: Item(b"BODYSTRUCTURE %b", (BODY_STRUCTURE,), _body_structures),
    FetchItem.BODY: Item(b"BODY %b", (STRUCTURE, OCTETS), _bodies),
}
