"""Traces on their way to the keeper: never waiting, never raising, kept while it is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.support.offices import opened
from tests.support.waiting import eventually

from posthouse.adapters.rpc.client import Neighbour
from posthouse.adapters.rpc.server import Office
from posthouse.adapters.trace import remote as module
from posthouse.adapters.trace.remote import NOTICE, RemoteTrace
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import TraceId
from posthouse.ports.trace import TraceEvent

EVENTS = msgspec.msgpack.Decoder(list[TraceEvent])


def event(number: int) -> TraceEvent:
    return TraceEvent(TraceId(bytes(16)), 1.0, "accepted", str(number))


@asynccontextmanager
async def keeper(path: Path) -> AsyncIterator[tuple[Neighbour, list[list[str]]]]:
    """A keeper that remembers each notice as texts."""
    notices: list[list[str]] = []
    office = Office()
    office.listen(NOTICE, lambda arguments, _caller: notices.append([item.text for item in EVENTS.decode(arguments)]))
    async with opened(path, office, patience_seconds=0.05) as neighbour:
        yield neighbour, notices


async def test_events_are_sent_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DELAY_SECONDS", 0.01)
    async with keeper(tmp_path / "keeper") as (neighbour, notices):
        await neighbour.connect()
        trace = RemoteTrace(neighbour)
        for number in range(3):
            trace.append(event(number))
        await eventually(lambda: bool(notices))
        trace.append(event(3))
        await eventually(lambda: len(notices) == 2)
        assert notices == [["0", "1", "2"], ["3"]]


async def test_what_the_keeper_missed_comes_with_the_next(tmp_path: Path) -> None:
    async with keeper(tmp_path / "keeper") as (neighbour, notices):
        trace = RemoteTrace(neighbour)
        trace.append(event(0))
        trace.flush()
        await neighbour.connect()
        trace.append(event(1))
        trace.flush()
        await eventually(lambda: bool(notices))
        assert notices == [["0", "1"]]


async def test_only_so_many_are_kept_for_a_keeper_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 10)
    async with keeper(tmp_path / "keeper") as (neighbour, notices):
        trace = RemoteTrace(neighbour)
        for number in range(25):
            trace.append(event(number))
        await neighbour.connect()
        trace.flush()
        await eventually(lambda: bool(notices))
        assert notices[0][-1] == "24", "the newest are kept"
        assert 5 <= len(notices[0]) <= 10


async def test_asking_a_keeper_that_is_away_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await RemoteTrace(Neighbour(tmp_path / "nobody", patience_seconds=0.01)).find("x")
