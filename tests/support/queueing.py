"""Queues to test, and messages to put into them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.fakes import FakeClock
from tests.support.offices import neighbour_of

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.queue import MemoryQueue
from posthouse.adapters.rpc.client import remote
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.ports.bus import Bus
from posthouse.ports.queue import Queue

OCTETS = b"Subject: hello\r\n\r\nhello\r\n"


@asynccontextmanager
async def sqlite_queue(folder: Path, clock: FakeClock, bus: Bus) -> AsyncIterator[Queue]:
    """The embedded queue."""
    queue = SqliteQueue(folder / "queue" / "0.db", bus, clock)
    yield queue
    await asyncio.to_thread(queue.stop)


@asynccontextmanager
async def memory_queue(_folder: Path, clock: FakeClock, bus: Bus) -> AsyncIterator[Queue]:
    """The queue in memory."""
    yield MemoryQueue(bus, clock)


@asynccontextmanager
async def remote_queue(folder: Path, clock: FakeClock, bus: Bus) -> AsyncIterator[Queue]:
    """The embedded queue of another process."""
    async with sqlite_queue(folder, clock, bus) as queue, neighbour_of(folder, {"queue": (Queue, queue)}) as neighbour:
        yield remote("queue", Queue, neighbour)  # type: ignore[type-abstract]


QUEUES: dict[str, Callable[[Path, FakeClock, Bus], AbstractAsyncContextManager[Queue]]] = {
    "sqlite": sqlite_queue,
    "memory": memory_queue,
    "remote": remote_queue,
}


@asynccontextmanager
async def a_queue(which: str, folder: Path, clock: FakeClock) -> AsyncIterator[Queue]:
    """One of them, with a bus of its own."""
    async with QUEUES[which](folder, clock, Hub()) as queue:
        yield queue


def queue_id(number: int) -> QueueId:
    """An id that sorts by number."""
    return QueueId(number.to_bytes(16, "big"))


def queued(number: int, *addresses: str, at: float = 1_700_000_000.0, **more: Any) -> QueuedMessage:
    """A message for addresses; each waits for its domain."""
    recipients = tuple(
        Recipient(address, delivery_id=DeliveryId(b"%08d%08d" % (number, index)), destination=address.rpartition("@")[2])
        for index, address in enumerate(addresses)
    )
    values: dict[str, Any] = {"reverse_path": f"sender{number}@example.test", "content": Content(OCTETS), **more}
    return QueuedMessage(
        id=queue_id(number), trace_id=TraceId(b"trace%011d" % number), recipients=recipients, received_at=at, **values
    )
