"""The queues of the house, looked at and changed by hand (all workers' queues as if they were one)."""

from collections.abc import Mapping, Sequence

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.foundation.ids import QueueId, from_text, to_text
from posthouse.model.delivery import EVERYTHING, START, Position, QueuedMessage, QueueRow, RecipientState, Wanted
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.queue import Queue
from posthouse.services.audit.recording import About, Recorder
from posthouse.services.relay.probing import checked_destination

PAGE = 1_000
CHUNK_OCTETS = 1_048_576
ALL_NUMBERS = 1 << 31
"""Behind every recipient of a message."""
OPEN = frozenset({RecipientState.WAITING, RecipientState.HELD})


class QueuedReport(msgspec.Struct, frozen=True):
    """A queued message and where each of its recipients stands."""

    message: QueuedMessage
    rows: list[QueueRow]


class QueueControl:
    """The verbs; all raise Unavailable and NotPermitted. Who administers some domains sees and changes what was sent from there.

    A message is named by the id that ``all`` shows, a recipient by its address; no address stands for all that are open.
    """

    def __init__(self, queues: Mapping[int, Queue], recorder: Recorder) -> None:
        self._queues = queues
        self._recorder = recorder

    async def all(self, principal: Principal, wanted: Wanted = EVERYTHING, most: int | None = None) -> list[QueueRow]:
        """Recipients that wait or are held, oldest message first; at most so many of each queue."""
        principal.require_some(Act.QUEUE_LOOK)
        found: list[QueueRow] = []
        for queue in self._queues.values():
            found += await _rows(queue, wanted, most, principal)
        return sorted(found, key=lambda row: row.id)[:most]

    async def report(self, principal: Principal, message_id: str) -> QueuedReport:
        """One message. Raises: Invalid, NotFound."""
        queue_id = _read_id(message_id)
        queue, message = await self._find(principal, Act.QUEUE_LOOK, queue_id)
        # Ids are compared by what they are above: the one just below begins the page with this message.
        before = (int.from_bytes(queue_id, "big") - 1).to_bytes(len(queue_id), "big")
        rows = [row for row in await queue.rows(after=Position(QueueId(before), ALL_NUMBERS), limit=PAGE) if row.id == queue_id]
        return QueuedReport(message, rows)

    async def read(self, principal: Principal, message_id: str) -> bytes:
        """The whole message as it will be sent; that it was read is written down. Raises: Invalid, NotFound."""
        principal.require_some(Act.MAIL_READ)
        queue_id = _read_id(message_id)
        queue, message = await self._find(principal, Act.MAIL_READ, queue_id)
        sender = message.reverse_path
        await self._recorder.note(principal, Act.MAIL_READ, [About(sender.lower(), _domain(sender))], after={"message": message_id})
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
        argument = _argument(principal, verb, argument)
        chosen: dict[int, list[tuple[QueueId, str]]] = {}
        for text in message_ids:
            queue_id = _read_id(text)
            slot = await self._slot(principal, Act.QUEUE_CHANGE, queue_id)
            chosen.setdefault(slot, []).append((queue_id, recipient))
        done = {"verb": verb, "recipient": recipient, "argument": argument, "messages": list(message_ids)}
        async with self._recorder.act(principal, Act.QUEUE_CHANGE, About("queue"), after=done):
            return sum([await self._queues[slot].change(rows, verb, argument) for slot, rows in chosen.items()])

    async def change_all(self, principal: Principal, verb: str, wanted: Wanted, argument: str = "") -> int:
        """The same for every recipient that is wanted, a portion at a time: mail goes on meanwhile. Raises: Invalid."""
        argument = _argument(principal, verb, argument)
        if not principal.is_everywhere:
            rows = await self.all(principal, wanted)
            return await self.change(principal, verb, list(dict.fromkeys(to_text(row.id) for row in rows)), "", argument)
        done = {"verb": verb, "argument": argument, "wanted": wanted}
        async with self._recorder.act(principal, Act.QUEUE_CHANGE, About("queue"), after=done):
            return await self._change_all(verb, wanted, argument)

    async def _change_all(self, verb: str, wanted: Wanted, argument: str) -> int:
        changed = 0
        for queue in self._queues.values():
            place: Position | None = START
            while place is not None:
                done = await queue.change_some(wanted, verb, argument, place)
                changed, place = changed + done.count, done.after
        return changed

    async def _slot(self, principal: Principal, act: Act, queue_id: QueueId) -> int:
        """Where a message is; one the principal has nothing to do with is not there."""
        principal.require_some(act)
        for slot, queue in self._queues.items():
            try:
                message = await queue.message(queue_id)
            except NotFound:
                continue
            if principal.may_in(act, _domain(message.reverse_path)):
                return slot
        raise NotFound("the message is not in the queue: it was delivered, returned or purged")

    async def _find(self, principal: Principal, act: Act, queue_id: QueueId) -> tuple[Queue, QueuedMessage]:
        queue = self._queues[await self._slot(principal, act, queue_id)]
        return queue, await queue.message(queue_id)


async def _rows(queue: Queue, wanted: Wanted, most: int | None, principal: Principal) -> list[QueueRow]:
    found: list[QueueRow] = []
    place = START
    while most is None or len(found) < most:
        page = await queue.rows(wanted, place, PAGE)
        found += [row for row in page if row.state in OPEN and principal.may_in(Act.QUEUE_LOOK, _domain(row.reverse_path))]
        if len(page) < PAGE:
            break
        place = Position(page[-1].id, page[-1].number)
    return found


def _argument(principal: Principal, verb: str, argument: str) -> str:
    """Where to, checked; only who administers everything sends mail another way. Raises: NotPermitted, Invalid."""
    principal.require_some(Act.QUEUE_CHANGE)
    if verb != "reroute":
        return argument
    principal.require(Act.QUEUE_CHANGE)
    return checked_destination(argument)


def _domain(reverse_path: str) -> str:
    """The key of the sender's domain; empty for the null reverse-path."""
    try:
        return domain_key(reverse_path.rpartition("@")[2])
    except ValueError:
        return ""


def _read_id(text: str) -> QueueId:
    try:
        return QueueId(from_text(text.strip()))
    except ValueError as error:
        raise Invalid(f"{text!r} is no id of a queued message: see posthouse queue list") from error
