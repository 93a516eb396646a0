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
from posthouse.model.delivery import Attempt, Lease, Leased, QueuedMessage, QueueRow, RecipientState
from posthouse.ports.bus import QUEUE, QUEUE_BY_HAND, Bus
from posthouse.ports.clock import Clock


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

    async def lease(self, destinations: Sequence[str] | None, limit: int, now: float, until: float) -> list[Leased]:
        """Lease due recipients."""
        leased: list[Leased] = []
        for destination in await self.due_destinations(now, limit) if destinations is None else destinations:
            due = self._due(destination, now)[: limit - len(leased)]
            leased += [self._lease(message, destination, now, until) for message in due]
        return leased

    async def due_destinations(self, now: float, limit: int = 1_000) -> list[str]:
        """Destinations that are due."""
        found = {held.destination for message in self._messages.values() for held in message.recipients if held.is_due(now)}
        return sorted(found)[:limit]

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

    async def rows(
        self, pattern: str = "", after: bytes = b"", limit: int = 1_000, state: RecipientState | None = None
    ) -> list[QueueRow]:
        """Recipients, for people."""
        return [
            held.row(message.value)
            for queue_id, message in sorted(self._messages.items())
            for held in message.recipients
            if queue_id > after and state in {None, held.state} and message.mentions(held, pattern)
        ][:limit]

    async def message(self, queue_id: QueueId) -> QueuedMessage:
        """One message with its open recipients."""
        found = self._find(queue_id)
        return found.with_recipients([held for held in found.recipients if held.state not in FINISHED])

    async def change(self, rows: Sequence[tuple[QueueId, str]], verb: str, argument: str = "") -> int:
        """Retry, hold, release, purge, reroute."""
        if verb not in {"retry", "hold", "release", "purge", "reroute"}:
            raise Invalid(f"there is no queue verb {verb}")
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
        recipients = [MemoryRecipient(value, value.destination, message.received_at) for value in message.recipients]
        self._messages.setdefault(message.id, MemoryMessage(kept, recipients))

    def _due(self, destination: str, now: float) -> list[MemoryMessage]:
        def since(message: MemoryMessage) -> tuple[float, QueueId]:
            return min(held.next_attempt_at for held in message.recipients if held.is_due(now, destination)), message.value.id

        found = [m for m in self._messages.values() if any(held.is_due(now, destination) for held in m.recipients)]
        return sorted(found, key=since)

    def _lease(self, message: MemoryMessage, destination: str, now: float, until: float) -> Leased:
        self._token += 1
        chosen = [held for held in message.recipients if held.is_due(now, destination)][:LEASED_TOGETHER]
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
