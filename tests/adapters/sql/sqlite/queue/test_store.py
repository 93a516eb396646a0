"""What only a queue on disk can show: what its next owner finds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.queueing import OCTETS, queue_id, queued

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.queue.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.foundation.errors import Fenced, NotFound, Unavailable
from posthouse.model.content import Content, Spooled
from posthouse.model.delivery import Attempt, Outcome, Wanted

MINUTE = 60.0


@asynccontextmanager
async def owned(folder: Path, clock: FakeClock) -> AsyncIterator[SqliteQueue]:
    queue = SqliteQueue(folder / "0.db", Hub(), clock)
    yield queue
    await asyncio.to_thread(queue.stop)


async def spooled(folder: Path, octets: bytes) -> Spooled:
    spool = FileSpool(folder / "spool", FakeClock(), CountingEntropy())
    file = await spool.create()
    await file.write(octets)
    done = await file.finish()
    spool.stop()
    return done


async def test_the_leases_of_a_dead_owner_end_when_the_next_one_comes(tmp_path: Path) -> None:
    clock = FakeClock()
    async with owned(tmp_path, clock) as queue:
        await queue.enqueue(queued(1, "a@x.test", "b@x.test"))
        await queue.enqueue(queued(2, "a@y.test"))
        leased = await queue.lease(None, 10, clock.now(), clock.now() + MINUTE)
        await queue.begin(leased[0].leases[1:], clock.now() + MINUTE)
        await queue.record([Attempt(leased[1].leases[0], Outcome.RETRY, 1.0, retry_at=clock.now() + 5 * MINUTE)])
    async with owned(tmp_path, clock) as queue:
        (again,) = await queue.lease(None, 10, clock.now(), clock.now() + MINUTE)
        assert again.message.id == queue_id(1)
        assert again.possible_duplicates == (False, True)
        assert await queue.next_due() == clock.now() + MINUTE
        with pytest.raises(Fenced):
            await queue.record([Attempt(leased[0].leases[0], Outcome.DELIVERED, 1.0)])
        (row,) = await queue.rows(Wanted("y.test"))
        assert row.next_attempt_at == clock.now() + 5 * MINUTE


async def test_everything_else_is_as_it_was(tmp_path: Path) -> None:
    clock = FakeClock()
    message = queued(1, "a@x.test", "b@x.test", content=Content(await spooled(tmp_path, OCTETS * 5_000)))
    async with owned(tmp_path, clock) as queue:
        await queue.enqueue(message)
        await queue.change([(message.id, "a@x.test")], "hold")
        before = await queue.rows()
    async with owned(tmp_path, clock) as queue:
        assert await queue.rows() == before
        assert await queue.read(message.id, 7, 20) == (OCTETS * 5_000)[7:27]


async def test_bodies_that_no_message_has_are_swept(tmp_path: Path) -> None:
    clock = FakeClock()
    message = queued(1, "a@x.test", content=Content(await spooled(tmp_path, OCTETS * 5_000)))
    async with owned(tmp_path, clock) as queue:
        await queue.enqueue(message)
    left = tmp_path / "0" / "left-by-a-crash"
    left.write_bytes(b"never committed")
    async with owned(tmp_path, clock) as queue:
        assert await queue.read(message.id, 0, 5) == OCTETS[:5]
        assert not left.exists()
        await queue.change([(message.id, "")], "purge")
        assert list((tmp_path / "0").iterdir()) == []


async def test_a_message_whose_body_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    async with owned(tmp_path, FakeClock()) as queue:
        with pytest.raises(Unavailable):
            await queue.enqueue(queued(1, "a@x.test", content=Content(Spooled(str(tmp_path / "gone"), 5))))
        assert await queue.rows() == []


async def test_a_missing_body_is_said(tmp_path: Path) -> None:
    async with owned(tmp_path, FakeClock()) as queue:
        await queue.enqueue(queued(1, "a@x.test", content=Content(await spooled(tmp_path, OCTETS))))
        next((tmp_path / "0").iterdir()).unlink()
        with pytest.raises(NotFound):
            await queue.read(queue_id(1))


async def test_a_queue_of_the_first_schema_is_read(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "0.db"))
    db.execute(MIGRATIONS[0])
    db.pragma("user_version", 1)
    db.close()
    async with owned(tmp_path, FakeClock()) as queue:
        await queue.enqueue(queued(1, "a@x.test"))
        assert [row.id for row in await queue.rows(Wanted("sender1@"))] == [queue_id(1)]
