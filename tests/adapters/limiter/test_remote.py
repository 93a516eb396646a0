"""The shared counters: a worker that dies, and a keeper that says nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.fakes import FakeClock
from tests.support.offices import neighbour_of

from posthouse.adapters.limiter import remote as module
from posthouse.adapters.limiter.remote import RemoteLimiter
from posthouse.adapters.limiter.shared import KeeperLimiter, SharedCounters
from posthouse.adapters.rpc.client import Neighbour
from posthouse.ports.limiter import Decision, Window

AT_ONCE = Window(3, 0.0)
MINUTE = Window(3, 60.0)


class SilentKeeper(KeeperLimiter):
    """Takes its time."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.asked = 0

    async def take(self, holder: str, rule: str, key: str, window: Window) -> Decision:
        self.asked += 1
        await asyncio.sleep(30)
        return Decision(allowed=True)

    async def leave(self, holder: str, rule: str, key: str) -> None:
        self.asked += 1
        await asyncio.sleep(30)


@pytest.fixture
async def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Neighbour]:
    monkeypatch.setattr(module, "BUDGET_SECONDS", 10.0)
    async with neighbour_of(tmp_path, {"limiter": (SharedCounters, KeeperLimiter(FakeClock()))}) as made:
        yield made


async def test_all_processes_count_together(keeper: Neighbour) -> None:
    one, two = RemoteLimiter(keeper, "worker-0"), RemoteLimiter(keeper, "worker-1")
    taken = [(await limiter.take("rule", "key", AT_ONCE)).allowed for limiter in (one, two, one, two)]
    assert taken == [True, True, True, False]
    await two.leave("rule", "key")
    assert (await one.take("rule", "key", AT_ONCE)).allowed


async def test_what_a_dead_worker_held_is_free_when_its_replacement_begins(keeper: Neighbour) -> None:
    one, two = RemoteLimiter(keeper, "worker-0"), RemoteLimiter(keeper, "worker-1")
    await one.take("rule", "key", AT_ONCE)
    await one.take("rule", "key", AT_ONCE)
    await two.take("rule", "key", AT_ONCE)
    await one.take("a minute", "key", MINUTE)
    await RemoteLimiter(keeper, "worker-0").begin()
    assert [(await two.take("rule", "key", AT_ONCE)).allowed for _ in range(3)] == [True, True, False]
    assert [(await two.take("a minute", "key", MINUTE)).allowed for _ in range(3)] == [True, True, False], "rates are remembered"


async def test_nobody_gives_back_what_another_holds(keeper: Neighbour) -> None:
    one, two = RemoteLimiter(keeper, "worker-0"), RemoteLimiter(keeper, "worker-1")
    for _ in range(3):
        await one.take("rule", "key", AT_ONCE)
    await two.leave("rule", "key")
    assert not (await two.take("rule", "key", AT_ONCE)).allowed


async def test_when_the_keeper_is_silent_the_rule_decides(tmp_path: Path) -> None:
    silent = SilentKeeper()
    async with neighbour_of(tmp_path, {"limiter": (SharedCounters, silent)}) as neighbour:
        limiter = RemoteLimiter(neighbour, "worker-0")
        assert await limiter.take("rule", "key", MINUTE) == Decision(allowed=True)
        refused = await limiter.take("rule", "key", MINUTE, fail_open=False)
        assert not refused.allowed
        assert refused.retry_after > 0
        await limiter.leave("rule", "key")
        assert silent.asked == 3


async def test_when_the_keeper_is_away_the_rule_decides(tmp_path: Path) -> None:
    limiter = RemoteLimiter(Neighbour(tmp_path / "nobody"), "worker-0")
    assert (await limiter.take("rule", "key", MINUTE)).allowed
    assert not (await limiter.take("rule", "key", MINUTE, fail_open=False)).allowed
    await limiter.leave("rule", "key")
