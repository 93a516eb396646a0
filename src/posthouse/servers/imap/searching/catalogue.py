"""The columns of one mailbox that was searched or sorted: another search of it costs little.

A catalogue knows messages by UID. What it has of one is good for ever, since no message ever changes; when mail comes or goes it is
brought up to date by that.
"""

import asyncio
from array import array
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

from posthouse.ports.account_store import RECEIVED_AT, SAVED_AT, SIZE
from posthouse.protocols.imap.projections.registry import SENT, SORT_KEYS
from posthouse.servers.imap.fetching.memory import Memory
from posthouse.servers.imap.searching.columns import Column, Numbers, Ranks, SentDates
from posthouse.servers.imap.searching.rows import Rows

_ROW_OCTETS: Final = 64
"""What a row takes while a column is filled, more or less."""


class Kind(NamedTuple):
    """How a column is filled: from which column of the store, into what."""

    source: str
    make: Callable[[], Column]


KINDS: Final[dict[str, Kind]] = {
    RECEIVED_AT: Kind(RECEIVED_AT, lambda: Numbers("d")),
    SAVED_AT: Kind(SAVED_AT, lambda: Numbers("d")),
    SIZE: Kind(SIZE, lambda: Numbers("Q")),
    SENT: Kind(SENT, SentDates),
    "from_": Kind(SORT_KEYS, lambda: Ranks("from_")),
    "to": Kind(SORT_KEYS, lambda: Ranks("to")),
    "cc": Kind(SORT_KEYS, lambda: Ranks("cc")),
    "display_from": Kind(SORT_KEYS, lambda: Ranks("display_from")),
    "display_to": Kind(SORT_KEYS, lambda: Ranks("display_to")),
    "subject": Kind(SORT_KEYS, lambda: Ranks("subject")),
}


class Purse(Protocol):
    """Where catalogues get their memory from."""

    def take(self, octets: int) -> bool:
        """Take octets to keep something, if there is room."""
        ...

    def require(self, octets: int) -> None:
        """Take octets for the work in hand. Raises: LimitReached."""
        ...

    def give(self, octets: int) -> None:
        """Give octets back that were taken."""
        ...


class Kept(NamedTuple):
    """Something kept, good for these messages."""

    uids: "array[int]"
    thing: Any
    octets: int


_NOTHING: Final = Kept(array("I"), None, 0)


class Catalogue:
    """Columns of one mailbox, and answers made of them."""

    __slots__ = ("_answers", "_columns", "_is_forgotten", "_lock", "_purse", "memory")

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self._columns: dict[str, Kept] = {}
        self._answers: dict[object, Kept] = {}
        self.memory = Memory(purse)
        """What FETCH has answered about single messages."""
        self._lock = asyncio.Lock()
        self._is_forgotten = False
        """Nothing is kept any more, though somebody may still be at work with it."""

    async def column(self, name: str, rows: Rows) -> Any:
        """Return a snapshot of the column ``name`` (one of ``KINDS``), a value for each of ``rows``.

        Raises: LimitReached where there is no memory for it; what the account store raises.
        """
        async with self._lock:
            kept = self._columns.get(name, _NOTHING)
            if kept.thing is None or kept.uids != rows.uids:
                return (await self._updated(name, kept, rows)).snapshot()
            return kept.thing.snapshot()

    def answer(self, question: object, rows: Rows) -> Any:
        """What ``remember`` was given for this question and these messages; None where that is not known."""
        kept = self._answers.get(question, _NOTHING)
        return kept.thing if kept.uids == rows.uids else None

    def remember(self, question: object, rows: Rows, answer: Any, octets: int) -> None:
        """Keep an answer, if there is room for it; a new one takes the place of the old."""
        self._purse.give(self._answers.pop(question, _NOTHING).octets)
        if not self._is_forgotten and self._purse.take(octets):
            self._answers[question] = Kept(rows.uids, answer, octets)

    def forget(self) -> None:
        """Let everything go, for ever."""
        self._is_forgotten = True
        octets = sum(kept.octets for kept in [*self._columns.values(), *self._answers.values()])
        self._columns.clear()
        self._answers.clear()
        self.memory.forget()
        self._purse.give(octets)

    async def _updated(self, name: str, kept: Kept, rows: Rows) -> Column:
        """Fill a column, or bring it up to date; whoever interrupts that finds no half of it."""
        self._purse.give(self._columns.pop(name, _NOTHING).octets)
        known, column = _still_good(kept, rows) or (0, KINDS[name].make())
        missing = rows.uids[known:]
        reserved = len(missing) * _ROW_OCTETS
        self._purse.require(reserved)
        try:
            await column.extend(await rows.values(KINDS[name].source, missing))
        finally:
            self._purse.give(reserved)
        if not self._is_forgotten and self._purse.take(column.size_octets):
            self._columns[name] = Kept(rows.uids, column, column.size_octets)
        return column


def _still_good(kept: Kept, rows: Rows) -> tuple[int, Column] | None:
    """The column without messages that are gone, and how many rows it has; None where it lacks messages among those it has."""
    if kept.thing is None:
        return None
    count = len(kept.uids)
    if kept.uids != rows.uids[:count]:
        here = rows.kept(kept.uids)
        count = sum(here)
        if not count or rows.row(kept.uids[here.rindex(1)]) != count - 1:
            return None
        kept.thing.keep(here)
    return count, kept.thing
