"""The queues of the house, looked at and changed by hand (all workers' queues as if they were one)."""

from collections.abc import Mapping, Sequence

import msgspec

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.foundation.ids import QueueId, from_text
from posthouse.model.delivery import QueuedMessage, QueueRow, RecipientState
from posthouse.model.principal import Principal
from posthouse.ports.queue import Queue

PAGE = 1_000
CHUNK_OCTETS = 1_048_576
OPEN = frozenset({RecipientState.WAITING, RecipientState.HELD})


class QueuedReport(msgspec.Struct, frozen=True):
    """A queued message and where each of its recipients stands."""

    message: QueuedMessage
    rows: list[QueueRow]


class QueueControl:
    """The verbs; all raise Unavailable, and NotPermitted for anybody but an operator.

    A message is named by the id that ``all`` shows, a recipient by its address; no address stands for all that are open.
    """

    def __init__(self, queues: Mapping[int, Queue]) -> None:
        self._queues = queues

    async def all(self, principal: Principal, pattern: str = "", state: RecipientState | None = None) -> list[QueueRow]:
        """Recipients that wait or are held, oldest message first; of senders or addresses that contain the pattern."""
        principal.require_operator()
        found: list[QueueRow] = []
        for queue in self._queues.values():
            found += await _rows(queue, pattern, state)
        return sorted((row for row in found if row.state in OPEN), key=lambda row: row.id)

    async def report(self, principal: Principal, message_id: str) -> QueuedReport:
        """One message. Raises: Invalid, NotFound."""
        principal.require_operator()
        queue_id = _read_id(message_id)
        queue, message = await self._find(queue_id)
        # Ids are compared by what they are above: the one just below begins the page with this message.
        before = (int.from_bytes(queue_id, "big") - 1).to_bytes(len(queue_id), "big")
        rows = [row for row in await queue.rows(after=before, limit=PAGE) if row.id == queue_id]
        return QueuedReport(message, rows)

    async def read(self, principal: Principal, message_id: str) -> bytes:
        """The whole message as it will be sent. Raises: Invalid, NotFound."""
        principal.require_operator()
        queue_id = _read_id(message_id)
        queue, message = await self._find(queue_id)
        size = message.content.size_octets
        portions = [await queue.read(queue_id, start, CHUNK_OCTETS) for start in range(0, size, CHUNK_OCTETS)]
        return b"".join(portions)

    async def change(
        self, principal: Principal, verb: str, message_ids: Sequence[str], recipient: str = "", argument: str = ""
    ) -> int:
        """``retry``, ``hold``, ``release``, ``purge`` or ``reroute`` (argument: where to) messages; returns how many recipients.

        What a runner is sending at this moment is left alone.
        Raises: Invalid; NotFound when one of them is not in a queue (nothing is changed then).
        """
        principal.require_operator()
        chosen: dict[int, list[tuple[QueueId, str]]] = {}
        for text in message_ids:
            queue_id = _read_id(text)
            slot = await self._slot(queue_id)
            chosen.setdefault(slot, []).append((queue_id, recipient))
        return sum([await self._queues[slot].change(rows, verb, argument) for slot, rows in chosen.items()])

    async def change_all(self, principal: Principal, verb: str, pattern: str, argument: str = "") -> int:
        """The same for every recipient whose address, or whose message's sender, contains the pattern (empty: for all)."""
        principal.require_operator()
        changed = 0
        for queue in self._queues.values():
            rows = await _rows(queue, pattern, None)
            if rows:
                changed += await queue.change([(row.id, row.address) for row in rows], verb, argument)
        return changed

    async def _slot(self, queue_id: QueueId) -> int:
        for slot, queue in self._queues.items():
            try:
                await queue.message(queue_id)
            except NotFound:
                continue
            return slot
        raise NotFound("the message is not in the queue: it was delivered, returned or purged")

    async def _find(self, queue_id: QueueId) -> tuple[Queue, QueuedMessage]:
        queue = self._queues[await self._slot(queue_id)]
        return queue, await queue.message(queue_id)


async def _rows(queue: Queue, pattern: str, state: RecipientState | None) -> list[QueueRow]:
    found: list[QueueRow] = []
    limit = PAGE
    while True:
        page = await queue.rows(pattern, found[-1].id if found else b"", limit, state)
        if len(page) < limit:
            return found + page
        # The last message may go on: it is asked for again, and alone with a higher limit where it fills a page by itself.
        whole = [row for row in page if row.id != page[-1].id]
        limit = PAGE if whole else limit * 2
        found += whole


def _read_id(text: str) -> QueueId:
    try:
        return QueueId(from_text(text.strip()))
    except ValueError as error:
        raise Invalid(f"{text!r} is no id of a queued message: see posthouse queue list") from error
