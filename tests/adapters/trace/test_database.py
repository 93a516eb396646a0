"""Traces on disk: kept for a while, whatever the number."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from posthouse.adapters.trace.database import KEEP_SECONDS, TraceDatabase
from posthouse.foundation.ids import TraceId
from posthouse.ports.trace import TraceEvent

NOW = 1_700_000_000.0


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[TraceDatabase]:
    made = TraceDatabase(folder / "trace.db")
    yield made
    await asyncio.to_thread(made.stop)


def event(trace: int, at: float = NOW, subject: str = "a@x.test") -> TraceEvent:
    return TraceEvent(TraceId(trace.to_bytes(16, "big")), at, "accepted", str(trace), subject)


async def texts(traces: TraceDatabase, limit: int = 1_000) -> list[str]:
    return [found.text for found in await traces.find("a@x.test", limit)]


async def test_traces_outlive_their_process(tmp_path: Path) -> None:
    async with database(tmp_path) as traces:
        await traces.append_all([event(2), event(1)])
    async with database(tmp_path) as traces:
        assert await texts(traces) == ["1", "2"]


async def test_old_events_are_forgotten_as_new_ones_come(tmp_path: Path) -> None:
    async with database(tmp_path) as traces:
        await traces.append_all([event(1, NOW - KEEP_SECONDS - 10), event(2, NOW - KEEP_SECONDS + 10)])
        assert await texts(traces) == ["1", "2"]
        await traces.append_all([event(3)])
        assert await texts(traces) == ["2", "3"]


async def test_the_newest_traces_are_found_however_many_there_are(tmp_path: Path) -> None:
    async with database(tmp_path) as traces:
        await traces.append_all([event(number) for number in range(1_000)])
        assert await texts(traces, 2) == ["998", "999"]


async def test_nothing_is_no_trouble(tmp_path: Path) -> None:
    async with database(tmp_path) as traces:
        await traces.append_all([])
        assert await texts(traces) == []
