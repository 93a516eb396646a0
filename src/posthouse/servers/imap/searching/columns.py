"""What is compared and sorted by, one compact column for each property: eight octets a message or fewer, and no object.

A column has a row for each message of a mailbox, in the order of UIDs. It grows at its end when mail comes and loses rows when mail
goes; it is filled page by page from the store.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import compress
from typing import Any, Final, NamedTuple, Protocol

from posthouse.protocols.imap.projections.summary import SENT_OCTETS, SortKeys
from posthouse.servers.imap.searching.pacing import Pace, sort_in_turns

_INSERTED: Final = 32
"""New keys put in one by one; with more of them all are ranked anew."""
_STRIDE: Final = 4_096
"""Values looked at in one turn."""
_KEY_OCTETS: Final = 48
"""What a key takes beside its octets."""


class Column(Protocol):
    """Values by row."""

    async def extend(self, values: Sequence[Any]) -> None:
        """Add rows; values as the store has them."""

    def keep(self, kept: bytes) -> None:
        """Lose the rows for which ``kept`` has no 1."""

    def snapshot(self) -> Any:
        """Return the values as they are now; what is handed out never changes."""

    @property
    def size_octets(self) -> int:
        """Memory it takes, more or less."""


class Numbers:
    """A number in each row: ``d`` for moments in seconds, ``Q`` for octets."""

    __slots__ = ("values",)

    def __init__(self, kind: str) -> None:
        self.values: array[Any] = array(kind)

    async def extend(self, values: Sequence[float]) -> None:
        """Add rows."""
        self.values = self.values + array(self.values.typecode, values)

    def snapshot(self) -> "array[Any]":
        """Return the numbers."""
        return self.values

    def keep(self, kept: bytes) -> None:
        """Lose rows."""
        self.values = array(self.values.typecode, compress(self.values, kept))

    @property
    def size_octets(self) -> int:
        """Memory."""
        return len(self.values) * self.values.itemsize


class Dates(NamedTuple):
    """Days, as ``datetime.date.toordinal`` counts them, and moments, in seconds since 1970; noughts where there is no date."""

    days: "array[int]"
    seconds: "array[int]"


class SentDates:
    """The Date field in each row; values are what ``projections.summary.sent`` writes."""

    __slots__ = ("days", "seconds")

    def __init__(self) -> None:
        self.days = array("q")
        self.seconds = array("q")

    async def extend(self, values: Sequence[bytes]) -> None:
        """Add rows."""
        pairs = array("q", b"".join([value.ljust(SENT_OCTETS, b"\0") for value in values]))
        if array("H", b"\x01\x00")[0] != 1:
            pairs.byteswap()
        self.days = self.days + pairs[0::2]
        self.seconds = self.seconds + pairs[1::2]

    def snapshot(self) -> "Dates":
        """Return days and moments."""
        return Dates(self.days, self.seconds)

    def keep(self, kept: bytes) -> None:
        """Lose rows."""
        self.days = array("q", compress(self.days, kept))
        self.seconds = array("q", compress(self.seconds, kept))

    @property
    def size_octets(self) -> int:
        """Memory."""
        return len(self.days) * SENT_OCTETS


class Ranks:
    """In each row the rank of its text among all texts; equal texts have equal ranks, and no text has rank 0.

    Values are what ``projections.summary.sort_keys`` writes; ``SortKeys`` says which of its lines is looked at.
    """

    __slots__ = ("_key_octets", "_keys", "_line", "ranks")

    def __init__(self, line: str) -> None:
        self.ranks = array("I")
        self._line = SortKeys._fields.index(line)
        self._keys = [b""]
        """Every text once, in order."""
        self._key_octets = 0

    async def extend(self, values: Sequence[bytes]) -> None:
        """Add rows: a few new texts are put in their place, with many all are ranked anew."""
        pace, texts = Pace(), list[bytes]()
        for start in range(0, len(values), _STRIDE):
            texts += [value.split(b"\n")[self._line] if value else b"" for value in values[start : start + _STRIDE]]
            await pace.step()
        new = {text for text in set(texts) if not _has(self._keys, text)}
        self._key_octets += sum(map(len, new))
        if len(new) > _INSERTED:
            await self._rank_anew(new)
        else:
            for text in new:
                self._insert(text)
        if len(texts) <= _INSERTED:
            ranks = [bisect_left(self._keys, text) for text in texts]
        else:
            rank_of = dict(zip(self._keys, range(len(self._keys)), strict=True))
            ranks = list(map(rank_of.__getitem__, texts))
        self.ranks = self.ranks + array("I", ranks)

    def snapshot(self) -> "array[int]":
        """Return the ranks."""
        return self.ranks

    def keep(self, kept: bytes) -> None:
        """Lose rows; texts that nobody has any more stay until the column is dropped."""
        self.ranks = array("I", compress(self.ranks, kept))

    @property
    def size_octets(self) -> int:
        """Memory."""
        return len(self.ranks) * 4 + len(self._keys) * _KEY_OCTETS + self._key_octets

    def _insert(self, text: bytes) -> None:
        place = bisect_left(self._keys, text)
        insort(self._keys, text)
        self.ranks = array("I", [rank + (rank >= place) for rank in self.ranks])

    async def _rank_anew(self, new: set[bytes]) -> None:
        old = self._keys
        self._keys = await sort_in_turns([*old, *new], bytes)
        if len(old) > 1:
            moved = array("I", [bisect_left(self._keys, text) for text in old])
            self.ranks = array("I", [moved[rank] for rank in self.ranks])


def _has(keys: list[bytes], text: bytes) -> bool:
    place = bisect_left(keys, text)
    return place < len(keys) and keys[place] == text
