"""Finding the messages that match: what memory tells first, then columns, texts last and only of what is left."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from posthouse.ports.account_store import EMAIL_ID, RECEIVED_AT, THREAD_ID
from posthouse.ports.search import Place, TextQuery
from posthouse.protocols.imap.commands.search.keys import (
    Age,
    All,
    And,
    Date,
    Flag,
    Fuzzy,
    Header,
    Messages,
    ModSequence,
    Not,
    ObjectId,
    ObjectKind,
    Or,
    SaveDateSupported,
    Scope,
    SearchKey,
    Size,
    Text,
    parts,
)
from posthouse.servers.imap.object_ids import email_object_id, thread_object_id
from posthouse.servers.imap.searching.catalogue import Catalogue
from posthouse.servers.imap.searching.comparing import column_of, compared
from posthouse.servers.imap.searching.masks import Masks
from posthouse.servers.imap.searching.pacing import Pace
from posthouse.servers.imap.searching.rows import Rows
from posthouse.services.search import MailSearch

PERFECT: Final = 100
_CHEAP: Final = (All, Messages, Flag, ModSequence, SaveDateSupported)
_COMPARED: Final = (Size, Date, Age)


class Hits(NamedTuple):
    """Messages found among some rows."""

    rows: Rows
    mask: bytes
    """By row."""
    uids: list[int]
    """Ascending."""
    scores: dict[int, int]
    """By UID how well fuzzy keys match; who is not here matches perfectly."""


class Finder:
    """Evaluates search keys over the messages of one mailbox."""

    __slots__ = ("_catalogue", "_masks", "_now", "_pace", "_rows", "_scores", "_texts")

    def __init__(self, rows: Rows, catalogue: Catalogue, texts: MailSearch, now: float) -> None:
        self._rows = rows
        self._catalogue = catalogue
        self._texts = texts
        self._now = now
        self._masks = Masks(rows)
        self._pace = Pace()
        self._scores: dict[int, int] = {}

    async def find(self, keys: Sequence[SearchKey], among: Sequence[int] | None = None) -> Hits:
        """Find what all keys match, among these UIDs where any are given.

        Raises: Bad for a message number that there is not; LimitReached; what the ports raise.
        """
        mask = await self._all_of(keys, self._masks.everything if among is None else self._masks.of_uids(among))
        return Hits(self._rows, self._masks.octets(mask), self._masks.uids(mask), self._scores)

    async def _mask(self, key: SearchKey, among: int, *, is_fuzzy: bool = False) -> int:
        """The messages of the mask ``among`` that a key matches."""
        await self._pace.step()
        if not among and not isinstance(key, Messages):
            return 0
        if isinstance(key, _CHEAP):
            return among & self._cheap(key)
        if isinstance(key, _COMPARED):
            return among & compared(key, await self._catalogue.column(column_of(key), self._rows), self._now)
        if isinstance(key, Header | Text):
            return await self._text(key, among, is_fuzzy=is_fuzzy)
        if isinstance(key, ObjectId):
            return await self._object_id(key, among)
        return await self._compound(key, among, is_fuzzy=is_fuzzy)

    async def _compound(self, key: SearchKey, among: int, *, is_fuzzy: bool) -> int:
        if isinstance(key, Not):
            return among ^ await self._mask(key.key, among, is_fuzzy=is_fuzzy)
        if isinstance(key, Or):
            left = await self._mask(key.left, among, is_fuzzy=is_fuzzy)
            return left | await self._mask(key.right, among ^ left, is_fuzzy=is_fuzzy)
        if isinstance(key, And):
            return await self._all_of(key.keys, among, is_fuzzy=is_fuzzy)
        assert isinstance(key, Fuzzy)
        return await self._mask(key.key, among, is_fuzzy=True)

    async def _all_of(self, keys: Sequence[SearchKey], among: int, *, is_fuzzy: bool = False) -> int:
        """Each key looks at what those before it have left, the dearest last."""
        for key in sorted(keys, key=weight):
            among = await self._mask(key, among, is_fuzzy=is_fuzzy)
        return among

    def _cheap(self, key: SearchKey) -> int:
        if isinstance(key, Messages):
            return self._masks.messages(key)
        if isinstance(key, Flag):
            return self._masks.flag(key)
        if isinstance(key, ModSequence):
            return self._masks.mod_sequence(key)
        return self._masks.everything

    async def _text(self, key: Header | Text, among: int, *, is_fuzzy: bool) -> int:
        query = _query(key, is_fuzzy=is_fuzzy)
        found = await self._texts.find(self._rows.selected.mailbox_id, self._masks.uids(among), query)
        if is_fuzzy:
            for uid, score in zip(found.uids, found.scores, strict=True):
                self._scores[uid] = min(score, self._scores.get(uid, PERFECT))
        return self._masks.of_uids(found.uids)

    async def _object_id(self, key: ObjectId, among: int) -> int:
        column, text_of = _OBJECT_IDS[key.kind]
        wanted, uids = key.id.encode("ascii"), self._masks.uids(among)
        values = await self._rows.values(column, uids)
        return self._masks.of_uids([uid for uid, value in zip(uids, values, strict=True) if value and text_of(value) == wanted])


def weight(key: SearchKey) -> int:
    """What it costs to evaluate a key, in no unit."""
    inner = parts(key)
    if inner:
        return max(map(weight, inner))
    if isinstance(key, _CHEAP):
        return 0
    if isinstance(key, _COMPARED):
        return 1 if column_of(key) != RECEIVED_AT else 2
    if isinstance(key, Header):
        return 3
    return 4 if isinstance(key, ObjectId) else 5


def _query(key: Header | Text, *, is_fuzzy: bool) -> TextQuery:
    if isinstance(key, Header):
        return TextQuery(Place.FIELD, key.text, key.field, is_fuzzy)
    return TextQuery(Place.BODY if key.scope is Scope.BODY else Place.MESSAGE, key.text, is_fuzzy=is_fuzzy)


_OBJECT_IDS: Final[dict[ObjectKind, tuple[str, Callable[[Any], bytes]]]] = {
    ObjectKind.EMAIL: (EMAIL_ID, email_object_id),
    ObjectKind.THREAD: (THREAD_ID, thread_object_id),
}
