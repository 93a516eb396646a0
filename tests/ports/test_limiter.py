"""What every limiter must do. Windows may be counted a little strictly or a little loosely at their ends, never in the middle."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.support.fakes import FakeClock
from tests.support.offices import neighbour_of

from posthouse.adapters.limiter import remote as remote_module
from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.adapters.limiter.remote import RemoteLimiter
from posthouse.adapters.limiter.shared import KeeperLimiter, SharedCounters
from posthouse.adapters.memory.limiter import MemoryLimiter
from posthouse.ports.limiter import Limiter, Window

MINUTE = Window(3, 60.0)
AT_ONCE = Window(2, 0.0)


@asynccontextmanager
async def _local(_folder: Path, clock: FakeClock) -> AsyncIterator[Limiter]:
    yield LocalLimiter(clock)


@asynccontextmanager
async def _memory(_folder: Path, clock: FakeClock) -> AsyncIterator[Limiter]:
    yield MemoryLimiter(clock)


@asynccontextmanager
async def _remote(folder: Path, clock: FakeClock) -> AsyncIterator[Limiter]:
    async with neighbour_of(folder, {"limiter": (SharedCounters, KeeperLimiter(clock))}) as keeper:
        yield RemoteLimiter(keeper, "worker-0")


ADAPTERS: dict[str, Callable[[Path, FakeClock], AbstractAsyncContextManager[Limiter]]] = {
    "local": _local,
    "memory": _memory,
    "remote": _remote,
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_700_000_010.0)


@pytest.fixture(params=ADAPTERS)
async def limiter(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Limiter]:
    # A machine that runs other tests beside this one may be slower than the budget: its end has tests of its own.
    monkeypatch.setattr(remote_module, "BUDGET_SECONDS", 10.0)
    async with ADAPTERS[request.param](tmp_path, clock) as made:
        yield made


async def allowed(limiter: Limiter, rule: str, key: str, window: Window, times: int) -> int:
    return sum([(await limiter.take(rule, key, window)).allowed for _ in range(times)])


async def test_no_more_than_the_window_allows(limiter: Limiter, clock: FakeClock) -> None:
    assert await allowed(limiter, "rule", "key", MINUTE, 10) == 3
    clock.advance(10)
    assert await allowed(limiter, "rule", "key", MINUTE, 10) == 0


async def test_rules_and_keys_are_counted_apart(limiter: Limiter) -> None:
    await allowed(limiter, "rule", "key", MINUTE, 3)
    assert await allowed(limiter, "rule", "other key", MINUTE, 1) == 1
    assert await allowed(limiter, "other rule", "key", MINUTE, 1) == 1
    assert await allowed(limiter, "rule", "key", MINUTE, 1) == 0


async def test_a_window_is_free_again_after_a_while(limiter: Limiter, clock: FakeClock) -> None:
    await allowed(limiter, "rule", "key", MINUTE, 3)
    clock.advance(120)
    assert await allowed(limiter, "rule", "key", MINUTE, 10) == 3


async def test_whoever_comes_again_when_told_is_let_in(limiter: Limiter, clock: FakeClock) -> None:
    await allowed(limiter, "rule", "key", MINUTE, 3)
    refused = await limiter.take("rule", "key", MINUTE)
    assert not refused.allowed
    assert 0 < refused.retry_after <= 60
    clock.advance(refused.retry_after + 0.01)
    assert await allowed(limiter, "rule", "key", MINUTE, 1) == 1


async def test_events_at_once_end(limiter: Limiter, clock: FakeClock) -> None:
    assert await allowed(limiter, "gauge", "key", AT_ONCE, 3) == 2
    clock.advance(1_000)
    refused = await limiter.take("gauge", "key", AT_ONCE)
    assert not refused.allowed
    assert refused.retry_after > 0
    await limiter.leave("gauge", "key")
    assert await allowed(limiter, "gauge", "key", AT_ONCE, 3) == 1
    assert await allowed(limiter, "gauge", "other", AT_ONCE, 3) == 2


async def test_leaving_more_often_than_coming_makes_no_room(limiter: Limiter) -> None:
    for _ in range(3):
        await limiter.leave("gauge", "key")
    assert await allowed(limiter, "gauge", "key", AT_ONCE, 5) == 2


@pytest.mark.parametrize("window", [Window(0, 60.0), Window(0, 0.0)])
async def test_none_is_none(limiter: Limiter, window: Window) -> None:
    assert await allowed(limiter, "rule", "key", window, 2) == 0


async def test_what_is_forgiven_did_not_happen(limiter: Limiter) -> None:
    assert await allowed(limiter, "rule", "key", MINUTE, 10) == MINUTE.most
    await limiter.forgive("rule", "key")
    await limiter.forgive("rule", "key")
    assert await allowed(limiter, "rule", "key", MINUTE, 10) == 2
    for _ in range(3):
        await limiter.forgive("rule", "other")
    assert await allowed(limiter, "rule", "other", MINUTE, 10) == MINUTE.most
