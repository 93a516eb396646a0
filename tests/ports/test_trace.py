"""What every trace must do, whatever stands behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from posthouse.adapters.memory.trace import MemoryTrace
from posthouse.adapters.rpc.client import Neighbour
from posthouse.adapters.trace.remote import RemoteTrace
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.processes.keeper import Keeper
from posthouse.foundation.ids import TraceId, to_text
from posthouse.ports.trace import Trace, TraceEvent


@asynccontextmanager
async def _memory(_folder: Path) -> AsyncIterator[Trace]:
    yield MemoryTrace()


@asynccontextmanager
async def _keeper(folder: Path) -> AsyncIterator[Trace]:
    layout = Layout(folder)
    layout.lock.parent.mkdir()
    keeper = Keeper(layout)
    await keeper.start()
    neighbour = Neighbour(layout.socket("keeper"))
    yield RemoteTrace(neighbour)
    neighbour.close()
    await keeper.stop()


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Trace]]] = {"memory": _memory, "keeper": _keeper}


@pytest.fixture(params=ADAPTERS)
async def trace(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Trace]:
    async with ADAPTERS[request.param](tmp_path) as made:
        yield made


def event(trace: int, step: str, subject: str = "", at: float = 1_700_000_000.0) -> TraceEvent:
    return TraceEvent(TraceId(b"trace-%010d" % trace), at, step, f"{step} of {trace}", subject)


async def found(trace: Trace, subject: str, limit: int = 1_000) -> list[str]:
    return [item.text for item in await trace.find(subject, limit)]


async def test_an_event_is_found_whole(trace: Trace) -> None:
    item = event(1, "accepted", "alice@example.test", 1_700_000_000.25)
    trace.append(item)
    assert await trace.find("alice@example.test") == [item]


async def test_all_of_a_trace_is_found_by_anything_it_knows(trace: Trace) -> None:
    trace.append(event(2, "connect", "192.0.2.1"))
    trace.append(event(1, "connect", "192.0.2.1"))
    trace.append(event(1, "accepted", "<ID@example.net>"))
    trace.append(event(1, "delivered", "Alice@Example.test"))
    trace.append(event(1, "checked"))
    trace.append(event(3, "connect", "192.0.2.2"))
    whole = ["connect of 1", "accepted of 1", "delivered of 1", "checked of 1"]
    assert await found(trace, "alice@example.TEST") == whole
    assert await found(trace, "<id@example.net>") == whole
    assert await found(trace, to_text(b"trace-%010d" % 1)) == whole
    assert await found(trace, to_text(b"trace-%010d" % 1).upper()) == whole
    assert await found(trace, "192.0.2.1") == [*whole, "connect of 2"]


async def test_what_nobody_knows_is_not_found(trace: Trace) -> None:
    trace.append(event(1, "connect"))
    for subject in ("", "192.0.2.9", to_text(b"x" * 16), "%", "connect"):
        assert await found(trace, subject) == []


async def test_where_there_are_too_many_the_newest_are_found(trace: Trace) -> None:
    for number in range(10):
        trace.append(event(number, "connect", "192.0.2.1"))
        trace.append(event(number, "quit"))
    assert await found(trace, "192.0.2.1", 3) == ["quit of 8", "connect of 9", "quit of 9"]
