"""A queue in memory (port ``Queue``): the rules of leasing spelled out once more, over plain objects."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

from msgspec.structs import replace

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.memory.queued import FINISHED, LEASED_TOGETHER, MemoryMessage, MemoryRecipient
from posthouse.foundation.errors import Fenced, Invalid, NotFound
from posthouse.foundation.ids import QueueId
from posthouse.model.content import Content, assemble
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
    RecipientState,
    Wanted,
)
from posthouse.ports.bus import QUEUE, QUEUE_BY_HAND, Bus
from posthouse.ports.clock import Clock

PORTION = 1_000


class MemoryQueue:
    """One queue of a test."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._messages: dict[QueueId, MemoryMessage] = {}
        self._token = 0

    async def enqueue(self, message: QueuedMessage) -> None:
        """Take a message, once."""
        self._take(message)
        self._bus.publish(QUEUE)

    async def lease(
        self, destinations: Sequence[str] | None, limit: int, now: float, until: float, *, newest: bool = False
    ) -> list[Leased]:
        """Lease due recipients."""
        leased: list[Leased] = []
        wanted = await self.due_destinations(now, limit, newest=newest) if destinations is None else destinations
        for destination in wanted:
            due = self._due(destination, now, newest=newest)[: limit - len(leased)]
            leased += [self._lease(message, destination, now, until) for message in due]
        return leased

    async def due_destinations(self, now: float, limit: int = 1_000, *, newest: bool = False) -> list[str]:
        """Destinations that are due."""
        lanes: dict[tuple[str, int], tuple[float, float]] = {}
        for message in self._messages.values():
            for held in message.recipients:
                if held.is_due(now):
                    lane = held.destination, message.value.priority
                    due, touched = lanes.get(lane, (held.next_attempt_at, message.value.due_at))
                    lanes[lane] = min(due, held.next_attempt_at), max(touched, message.value.due_at)

        def rank(lane: tuple[str, int]) -> tuple[int, float, str]:
            return -lane[1], -lanes[lane][1] if newest else lanes[lane][0], lane[0]

        return list(dict.fromkeys(destination for destination, _ in sorted(lanes, key=rank)))[:limit]

    async def renew(self, leases: Sequence[Lease], until: float) -> list[Lease]:
        """Make leases last longer."""
        for held in self._held(leases):
            held.lease_until = held.next_attempt_at = until
        return [replace(lease, until=until) for lease in leases]

    async def begin(self, leases: Sequence[Lease], until: float) -> None:
        """Say that transmission begins."""
        await self.renew(leases, until)
        for held in self._held(leases):
            held.begun = True

    async def record(self, attempts: Sequence[Attempt], reports: Sequence[QueuedMessage] = ()) -> None:
        """Write down results, and the notifications they cause."""
        before = deepcopy(self._messages)
        try:
            for attempt in attempts:
                self._held([attempt.lease])[0].record(attempt)
        except Exception:
            self._messages = before
            raise
        for report in reports:
            self._take(report)
        self._forget_finished()
        if reports:
            self._bus.publish(QUEUE)

    async def next_due(self) -> float | None:
        """When the next recipient is due."""
        waiting = [
            held.next_attempt_at
            for message in self._messages.values()
            for held in message.recipients
            if held.state is RecipientState.WAITING
        ]
        return min(waiting, default=None)

    async def read(self, queue_id: QueueId, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a message as shown."""
        content = self._find(queue_id).value.content
        assert isinstance(content.body, bytes)
        return assemble(content.body, content.pieces)[start : None if length is None else start + length]

    async def rows(self, wanted: Wanted = EVERYTHING, after: Position = START, limit: int = 1_000) -> list[QueueRow]:
        """Recipients, for people."""
        return [
            held.row(message.value, number)
            for queue_id, message in sorted(self._messages.items())
            for number, held in enumerate(message.recipients)
            if (queue_id, number) > (after.queue_id, after.number) and message.has(held, wanted)
        ][:limit]

    async def message(self, queue_id: QueueId) -> QueuedMessage:
        """One message with its open recipients."""
        found = self._find(queue_id)
        return found.with_recipients([held for held in found.recipients if held.state not in FINISHED])

    async def change(self, rows: Sequence[tuple[QueueId, str]], verb: str, argument: str = "") -> int:
        """Retry, hold, release, purge, reroute."""
        self._check(verb)
        now = self._clock.now()
        changed = sum(
            held.change(verb, argument, now)
            for queue_id, address in rows
            if queue_id in self._messages
            for held in self._messages[queue_id].recipients
            if address in {"", held.value.address}
        )
        self._forget_finished()
        self._bus.publish(QUEUE_BY_HAND)
        return changed

    async def change_some(self, wanted: Wanted, verb: str, argument: str = "", after: Position = START) -> Changed:
        """The same, a portion at a time."""
        rows = await self.rows(wanted, after, PORTION)
        now = self._clock.now()
        held = [self._messages[row.id].recipients[row.number] for row in rows]
        self._check(verb)
        count = sum(recipient.change(verb, argument, now) for recipient in held)
        self._forget_finished()
        if count:
            self._bus.publish(QUEUE_BY_HAND)
        return Changed(count, Position(rows[-1].id, rows[-1].number) if len(rows) == PORTION else None)

    @staticmethod
    def _check(verb: str) -> None:
        if verb not in {"retry", "hold", "release", "purge", "reroute"}:
            raise Invalid(f"there is no queue verb {verb}")

    def end_leases(self) -> None:
        """The owner has died: what it held is due again."""
        for message in self._messages.values():
            for held in message.recipients:
                if held.token:
                    held.token, held.lease_until = 0, 0.0
                    held.next_attempt_at = min(held.next_attempt_at, self._clock.now())

    def _take(self, message: QueuedMessage) -> None:
        body = message.content.body
        octets = body if isinstance(body, bytes) else read_blob(Path(body.path), 0, None)
        kept = replace(message, content=Content(octets, message.content.pieces))
        recipients = [MemoryRecipient(value, value.destination, message.due_at) for value in message.recipients]
        self._messages.setdefault(message.id, MemoryMessage(kept, recipients))

    def _due(self, destination: str, now: float, *, newest: bool) -> list[MemoryMessage]:
        pick, sign = (max, -1) if newest else (min, 1)

        def since(message: MemoryMessage) -> tuple[int, float, int]:
            times = [held.next_attempt_at for held in message.recipients if held.is_due(now, destination)]
            return -message.value.priority, sign * pick(times), sign * int.from_bytes(message.value.id, "big")

        found = [m for m in self._messages.values() if any(held.is_due(now, destination) for held in m.recipients)]
        return sorted(found, key=since)

    def _lease(self, message: MemoryMessage, destination: str, now: float, until: float) -> Leased:
        self._token += 1
        due = [held for held in message.recipients if held.is_due(now, destination)]
        first = sorted(due, key=lambda held: held.next_attempt_at)[:LEASED_TOGETHER]
        chosen = [held for held in due if any(held is one for one in first)]
        for held in chosen:
            held.token = self._token
            held.lease_until = held.next_attempt_at = until
        return Leased(
            message.with_recipients(chosen),
            tuple(Lease(message.value.id, message.recipients.index(held), self._token, until) for held in chosen),
            tuple(held.attempts for held in chosen),
            tuple(held.begun for held in chosen),
            tuple(held.delay_notified for held in chosen),
        )

    def _held(self, leases: Sequence[Lease]) -> list[MemoryRecipient]:
        found = []
        for lease in leases:
            message = self._messages.get(lease.queue_id)
            if message is None:
                raise Fenced("the message is gone")
            held = message.recipients[lease.recipient_number]
            if held.token != lease.token or held.state is not RecipientState.WAITING:
                raise Fenced("the lease has ended")
            found.append(held)
        return found

    def _find(self, queue_id: QueueId) -> MemoryMessage:
        if queue_id not in self._messages:
            raise NotFound("the message is not in the queue")
        return self._messages[queue_id]

    def _forget_finished(self) -> None:
        self._messages = {id_: message for id_, message in self._messages.items() if not message.finished}
