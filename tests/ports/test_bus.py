"""What every bus must do: within a process, and from one to another over Unix sockets."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.support.offices import opened
from tests.support.waiting import eventually

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.rpc.server import Office
from posthouse.ports.bus import EVERYTHING, Bus

Pair = tuple[Bus, Bus]
TOPIC = b"topic"


@asynccontextmanager
async def _memory(_folder: Path) -> AsyncIterator[Pair]:
    bus = MemoryBus()
    yield bus, bus


@asynccontextmanager
async def _hub(_folder: Path) -> AsyncIterator[Pair]:
    hub = Hub()
    yield hub, hub


@asynccontextmanager
async def _two_hubs(folder: Path) -> AsyncIterator[Pair]:
    here, there = Hub(), Hub()
    office_here, office_there = Office(), Office()
    async with opened(folder / "here", office_here) as to_here, opened(folder / "there", office_there) as to_there:
        here.join(office_here, [to_there])
        there.join(office_there, [to_here])
        await to_here.connect()
        await to_there.connect()
        yield here, there


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Pair]]] = {
    "memory": _memory,
    "hub": _hub,
    "two hubs": _two_hubs,
}


@pytest.fixture(params=ADAPTERS)
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    """A bus to publish on and one to listen to."""
    async with ADAPTERS[request.param](tmp_path) as made:
        yield made


async def heard_last(pair: Pair, topics: list[bytes]) -> None:
    """Publish a last hint and wait for it: whatever went before has come."""
    end = pair[1].subscribe(b"last", topics.append)
    pair[0].publish(b"last")
    await eventually(lambda: b"last" in topics)
    end()
    topics.remove(b"last")


async def test_everybody_who_listens_to_a_topic_is_told(pair: Pair) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    other: list[bytes] = []
    pair[1].subscribe(TOPIC, first.append)
    pair[1].subscribe(TOPIC, second.append)
    pair[1].subscribe(b"other", other.append)
    pair[0].publish(TOPIC)
    await eventually(lambda: bool(first and second))
    await heard_last(pair, other)
    assert (first, second, other) == ([TOPIC], [TOPIC], [])


async def test_who_listens_to_everything_is_told_every_topic(pair: Pair) -> None:
    told: list[bytes] = []
    end = pair[1].subscribe(EVERYTHING, told.append)
    for topic in (TOPIC, b"other"):
        pair[0].publish(topic)
        await eventually(lambda: topic in told)  # noqa: B023 - awaited at once
    end()
    await heard_last(pair, told)
    assert told == [TOPIC, b"other"]


async def test_whoever_publishes_hears_it_too(pair: Pair) -> None:
    told: list[bytes] = []
    pair[0].subscribe(TOPIC, told.append)
    pair[0].publish(TOPIC)
    assert told == [TOPIC], "here at once"


async def test_who_has_ended_hears_nothing(pair: Pair) -> None:
    told: list[bytes] = []
    kept: list[bytes] = []
    end = pair[1].subscribe(TOPIC, told.append)
    pair[1].subscribe(TOPIC, kept.append)
    end()
    end()
    pair[0].publish(TOPIC)
    await eventually(lambda: bool(kept))
    assert told == []


async def test_a_listener_that_fails_hides_nothing_from_the_others(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    told: list[bytes] = []

    def fail(topic: bytes) -> None:
        raise ValueError(topic)

    pair[1].subscribe(TOPIC, fail)
    pair[1].subscribe(TOPIC, told.append)
    for number in (1, 2):
        pair[0].publish(TOPIC)
        await eventually(lambda: len(told) >= number)  # noqa: B023 - awaited at once


async def test_listeners_may_come_and_go_while_they_are_told(pair: Pair) -> None:
    told: list[str] = []

    def first(_topic: bytes) -> None:
        told.append("first")
        end_first()
        end_second()
        pair[1].subscribe(TOPIC, lambda _topic: told.append("third"))

    end_first = pair[1].subscribe(TOPIC, first)
    end_second = pair[1].subscribe(TOPIC, lambda _topic: told.append("second"))
    pair[0].publish(TOPIC)
    await eventually(lambda: bool(told))
    assert told == ["first"]
    pair[0].publish(TOPIC)
    await eventually(lambda: len(told) > 1)
    assert told == ["first", "third"]


async def test_nobody_need_listen(pair: Pair) -> None:
    pair[0].publish(b"\x00\xff not text")
    told: list[bytes] = []
    await heard_last(pair, told)
    assert told == []
