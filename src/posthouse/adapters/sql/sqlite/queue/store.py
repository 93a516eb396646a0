"""The queue over SQLite (port ``Queue``)."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from posthouse.adapters.blobs.links import adopt
from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.sqlite.checkpoints import Checkpointer
from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.queue import keeping, lanes, leasing, listing
from posthouse.adapters.sql.sqlite.queue.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.foundation.ids import QueueId, to_text
from posthouse.model.content import Body, Range, Spooled, slices
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
from posthouse.ports.bus import QUEUE, QUEUE_BY_HAND, Bus
from posthouse.ports.clock import Clock

T = TypeVar("T")


class SqliteQueue:
    """One worker's queue: ``DIR/queue/<slot>.db`` and ``DIR/queue/<slot>/`` for large bodies."""

    def __init__(self, path: Path, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._blobs = path.with_suffix("")
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._checkpointer = Checkpointer()
        self._threads = Threads(1, "queue")
        self._file = SerialFile(lambda: self._connect(path), writes=True)
        self._readers = Threads(1, "queue-look")
        self._beside = SerialFile(lambda: connect(path, read_only=True), writes=False)

    def stop(self) -> None:
        """Finish what waits and close."""
        for threads, file in ((self._readers, self._beside), (self._threads, self._file)):
            threads.close(file)
            threads.stop()
        self._checkpointer.stop()

    async def enqueue(self, message: QueuedMessage) -> None:
        """Take a message, durably."""
        size = len(message.content.body) if isinstance(message.content.body, bytes) else 0
        await self._run(lambda db: self._keep(db, message), size)
        self._bus.publish(QUEUE)

    async def lease(
        self, destinations: Sequence[str] | None, limit: int, now: float, until: float, *, newest: bool = False
    ) -> list[Leased]:
        """Lease due recipients."""
        order = leasing.Order(limit, now, until, newest)
        return await self._run(lambda db: leasing.lease(db, destinations, order, str(self._blobs)))

    async def due_destinations(self, now: float, limit: int = 1_000, *, newest: bool = False) -> list[str]:
        """Destinations that are due."""
        return await self._run(lambda db: lanes.due(db, now, limit, newest=newest))

    async def renew(self, leases: Sequence[Lease], until: float) -> list[Lease]:
        """Make leases last longer."""
        return await self._run(lambda db: leasing.renew(db, leases, until, begun=False))

    async def begin(self, leases: Sequence[Lease], until: float) -> None:
        """Say that transmission begins."""
        await self._run(lambda db: leasing.renew(db, leases, until, begun=True))

    async def record(self, attempts: Sequence[Attempt], reports: Sequence[QueuedMessage] = ()) -> None:
        """Write down results, and the notifications they cause."""

        def work(db: apsw.Connection) -> list[str]:
            for report in reports:
                self._keep(db, report)
            return leasing.record(db, attempts)

        await self._remove_all(await self._run(work))
        if reports:
            self._bus.publish(QUEUE)

    async def next_due(self) -> float | None:
        """When the next recipient is due."""
        return await self._run(lanes.next_due)

    async def read(self, queue_id: QueueId, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a message as shown."""
        return await self._run(partial(self._octets, queue_id=queue_id, start=start, length=length))

    async def rows(self, wanted: Wanted = EVERYTHING, after: Position = START, limit: int = 1_000) -> list[QueueRow]:
        """Recipients, for people: read beside the writer, a bounded page at a time."""
        found: list[QueueRow] = []
        place: Position | None = after
        while place is not None and len(found) < limit:
            page = await self._look(partial(listing.rows, wanted=wanted, after=place, limit=limit - len(found)))
            found += page.rows
            place = page.after
        return found

    async def message(self, queue_id: QueueId) -> QueuedMessage:
        """One message with its open recipients."""
        return await self._run(lambda db: listing.message(db, queue_id, str(self._blobs)))

    async def change(self, rows: Sequence[tuple[QueueId, str]], verb: str, argument: str = "") -> int:
        """Retry, hold, release, purge, reroute."""
        wish = listing.Change(verb, argument, self._clock.now())
        changed, blobs = await self._run(lambda db: listing.change(db, rows, wish))
        await self._remove_all(blobs)
        self._bus.publish(QUEUE_BY_HAND)
        return changed

    async def change_some(self, wanted: Wanted, verb: str, argument: str = "", after: Position = START) -> Changed:
        """The same, a portion at a time."""
        wish = listing.Change(verb, argument, self._clock.now())
        count, blobs, place = await self._run(lambda db: listing.change_some(db, wanted, wish, after))
        await self._remove_all(blobs)
        if count:
            self._bus.publish(QUEUE_BY_HAND)
        return Changed(count, place)

    def _keep(self, db: apsw.Connection, message: QueuedMessage) -> None:
        blob = None
        if isinstance(message.content.body, Spooled):
            blob = to_text(message.id)
            adopt(Path(message.content.body.path), self._blobs / blob)
        keeping.enqueue(db, message, blob)

    def _octets(self, db: apsw.Connection, queue_id: QueueId, start: int, length: int | None) -> bytes:
        content = keeping.load(db, queue_id, str(self._blobs)).content
        end = content.size_octets if length is None else start + length
        found = slices(content.pieces or (Range(0, content.body_octets),), start, end)
        return b"".join([piece if isinstance(piece, bytes) else _part(content.body, piece) for piece in found])

    def _blobs_without_message(self, db: apsw.Connection) -> list[str]:
        """What an owner left that died between linking a body and its commit, or between a commit and unlinking."""
        known = {name for (name,) in db.execute("SELECT blob FROM message WHERE blob IS NOT NULL")}
        return [path.name for path in self._blobs.iterdir() if path.name not in known]

    async def _remove_all(self, blobs: list[str]) -> None:
        if blobs:
            await asyncio.to_thread(self._remove, blobs)

    def _remove(self, blobs: list[str]) -> None:
        for blob in blobs:
            (self._blobs / blob).unlink(missing_ok=True)

    def _connect(self, path: Path) -> apsw.Connection:
        connection = connect(path)
        migrate(connection, MIGRATIONS)
        leasing.release_all(connection, self._clock.now())
        self._remove(self._blobs_without_message(connection))
        self._checkpointer.watch(connection)
        return connection

    async def _look(self, work: Callable[[apsw.Connection], T]) -> T:
        await self._run(lambda _: None)  # whoever looks sees what has been written; the file is there and of today's schema
        return await self._readers.run(self._beside, work)

    async def _run(self, work: Callable[[apsw.Connection], T], octets: int = 0) -> T:
        return await self._threads.run(self._file, work, octets)


def _part(body: Body, piece: Range) -> bytes:
    if isinstance(body, bytes):
        return body[piece.start : piece.end]
    return read_blob(Path(body.path), piece.start, piece.end - piece.start)
