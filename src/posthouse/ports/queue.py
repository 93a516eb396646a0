"""Messages the house has taken responsibility for and not yet handed on.

Work is leased by recipient. A lease ends by time, or with the owner of the queue; a runner whose lease has ended can record
nothing. ``begin`` marks that the message is about to be transmitted, so that a runner that dies between the remote's 250 and
``record`` leaves a trace: the next one knows of a *possible duplicate*.
"""

from collections.abc import Sequence
from typing import Protocol

from posthouse.foundation.ids import QueueId
from posthouse.model.delivery import (
    EVERYTHING,
    START,
    Attempt,
    Changed,
    Lease,
    Leased,
    Position,
    QueuedMessage,
    QueueRow,
    Wanted,
)


class Queue(Protocol):
    """One queue: every mail worker owns one. All verbs raise ``OutOfSpace`` and ``Unavailable``."""

    async def enqueue(self, message: QueuedMessage) -> None:
        """Take a message, durably, in one commit. A message id seen before changes nothing."""
        ...

    async def lease(
        self, destinations: Sequence[str] | None, limit: int, now: float, until: float, *, newest: bool = False
    ) -> list[Leased]:
        """Lease due recipients of at most ``limit`` messages; of the destinations given, or of any.

        What is more urgent first, then what has waited longest, or with ``newest`` what has come last: so that a new message does
        not wait behind very many. Recipients of one message for one destination come together, at most 100 (RFC 5321 §4.5.3.1.8).
        Never looks at what is not due.
        """
        ...

    async def due_destinations(self, now: float, limit: int = 1_000, *, newest: bool = False) -> list[str]:
        """Destinations with recipients that are due and not leased, in the order of ``lease``."""
        ...

    async def renew(self, leases: Sequence[Lease], until: float) -> list[Lease]:
        """Make leases last longer. Raises: Fenced when one has gone to another runner."""
        ...

    async def begin(self, leases: Sequence[Lease], until: float) -> None:
        """Say that transmission to these recipients begins now. Raises: Fenced."""
        ...

    async def record(self, attempts: Sequence[Attempt], reports: Sequence[QueuedMessage] = ()) -> None:
        """Write down results, and enqueue the notifications they cause, in one transaction.

        Raises: Fenced when a lease has gone to another runner; nothing is recorded then.
        """
        ...

    async def next_due(self) -> float | None:
        """When the next recipient becomes due, seconds since 1970."""
        ...

    async def read(self, queue_id: QueueId, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a queued message as shown. Raises: NotFound."""
        ...

    async def rows(self, wanted: Wanted = EVERYTHING, after: Position = START, limit: int = 1_000) -> list[QueueRow]:
        """Recipients in the order of message ids and numbers, behind a position. Holds up nobody who works."""
        ...

    async def message(self, queue_id: QueueId) -> QueuedMessage:
        """One message with its unfinished recipients. Raises: NotFound."""
        ...

    async def change(self, rows: Sequence[tuple[QueueId, str]], verb: str, argument: str = "") -> int:
        """``retry``, ``hold``, ``release``, ``purge`` or ``reroute`` (argument: destination) recipients; tells how many.

        A row is a message id and a recipient address, or an empty address for all.
        """
        ...

    async def change_some(self, wanted: Wanted, verb: str, argument: str = "", after: Position = START) -> Changed:
        """The same for what is wanted, a portion at a time, so that mail goes on meanwhile: call again until ``after`` is None."""
        ...
