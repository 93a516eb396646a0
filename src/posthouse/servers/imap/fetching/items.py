"""The attributes of FETCH that are answered from flags, numbers and texts rendered at delivery."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from posthouse.ports.account_store import EMAIL_ID, OCTETS, RECEIVED_AT, SAVED_AT, SIZE, THREAD_ID
from posthouse.protocols.imap.commands.fetch import FetchItem, Preview
from posthouse.protocols.imap.grammar.strings import nstring_octets
from posthouse.protocols.imap.projections.body_structure import body
from posthouse.protocols.imap.projections.registry import BODY_STRUCTURE, ENVELOPE, PREVIEW, STRUCTURE
from posthouse.protocols.imap.responses.fetch import internal_date, save_date
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.stream import Value
from posthouse.servers.imap.object_ids import email_object_id, thread_object_id


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
    question: bytes = b""
    """Under what its values may be remembered (``memory.Memory``): they are octets; empty: not at all."""
    is_dear: bool = False
    """Whether they are worth remembering for any number of messages, not only for a screenful or some more."""


Octets = Callable[[Page], Awaitable[Sequence[bytes]]]


def remembered(question: bytes, values: Octets) -> Octets:
    """The same values, from memory where all of a page are there."""

    async def recalled(page: Page) -> Sequence[bytes]:
        known = page.known.get(question)
        if known is not None:
            return [known[uid] for uid in page.uids]
        made = await values(page)
        if page.memory is not None and question in page.questions:
            page.memory.remember(question, page.uids, made)
        return made

    return recalled


async def _uids(page: Page) -> Sequence[Value]:
    return page.uids


async def _flags(page: Page) -> Sequence[Value]:
    return await page.flags()


async def _dates(page: Page) -> Sequence[bytes]:
    return [internal_date(seconds) for seconds in page.column(RECEIVED_AT)]


async def _sizes(page: Page) -> Sequence[Value]:
    return page.column(SIZE)


async def _envelopes(page: Page) -> Sequence[bytes]:
    return await page.projection(ENVELOPE)


async def _body_structures(page: Page) -> Sequence[bytes]:
    return await page.projection(BODY_STRUCTURE)


async def _bodies(page: Page) -> Sequence[Value]:
    """BODY without extension data is asked for so seldom that it is not kept."""
    return [body(await page.octets(index), await page.structure(index)) for index in range(len(page))]


async def _mod_sequences(page: Page) -> Sequence[Value]:
    return page.mod_sequences()


async def _email_ids(page: Page) -> Sequence[Value]:
    return [email_object_id(email_id) for email_id in page.column(EMAIL_ID)]


async def _thread_ids(page: Page) -> Sequence[Value]:
    return [thread_object_id(thread_id) for thread_id in page.column(THREAD_ID)]


async def _save_dates(page: Page) -> Sequence[Value]:
    return [save_date(seconds) for seconds in page.column(SAVED_AT)]


def preview(attribute: Preview) -> Item:
    """How ``PREVIEW`` is answered: what was made at delivery, or else, unless it may wait, is made now (RFC 8970 §3)."""

    async def values(page: Page) -> Sequence[Value]:
        texts = page.column(PREVIEW) if attribute.lazy else await page.projection(PREVIEW)
        return [nstring_octets(text) for text in texts]

    return Item(b"PREVIEW %b", (PREVIEW,), values)


def _kept(item: FetchItem, template: bytes, column: str, values: Octets) -> Item:
    return Item(template, (column,), remembered(item.value, values), question=item.value)


SIMPLE: Final[dict[FetchItem, Item]] = {
    FetchItem.UID: Item(b"UID %d", (), _uids),
    FetchItem.FLAGS: Item(b"FLAGS (%b)", (), _flags),
    FetchItem.INTERNALDATE: _kept(FetchItem.INTERNALDATE, b"%b", RECEIVED_AT, _dates),
    FetchItem.RFC822_SIZE: Item(b"RFC822.SIZE %d", (SIZE,), _sizes),
    FetchItem.ENVELOPE: _kept(FetchItem.ENVELOPE, b"ENVELOPE %b", ENVELOPE, _envelopes),
    FetchItem.BODYSTRUCTURE: _kept(FetchItem.BODYSTRUCTURE, b"BODYSTRUCTURE %b", BODY_STRUCTURE, _body_structures),
    FetchItem.BODY: Item(b"BODY %b", (STRUCTURE, OCTETS), _bodies),
    FetchItem.MODSEQ: Item(b"MODSEQ (%d)", (), _mod_sequences),
    FetchItem.EMAILID: Item(b"EMAILID (%b)", (EMAIL_ID,), _email_ids),
    FetchItem.THREADID: Item(b"THREADID (%b)", (THREAD_ID,), _thread_ids),
    FetchItem.SAVEDATE: Item(b"%b", (SAVED_AT,), _save_dates),
}
