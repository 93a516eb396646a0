"""Commands one after the other, and no task while there is nothing to do."""

import asyncio

import pytest
from tests.support.waiting import eventually

from posthouse.transport.pump import Pump


class Work:
    """Serves what lies in ``inbox``; waits for ``gate`` before each."""

    def __init__(self) -> None:
        self.inbox: list[str] = []
        self.served: list[str] = []
        self.failures: list[BaseException] = []
        self.running = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.pump = Pump(self.serve, self.failures.append)

    async def serve(self) -> None:
        self.running += 1
        assert self.running == 1, "never two at once"
        try:
            while self.inbox:
                item = self.inbox.pop(0)
                await self.gate.wait()
                if item == "bad":
                    raise ValueError(item)
                self.served.append(item)
        finally:
            self.running -= 1

    async def idle(self) -> None:
        await eventually(lambda: not self.pump.running)


@pytest.fixture
async def work() -> Work:
    return Work()


async def test_what_is_there_is_served_and_then_nothing_runs(work: Work) -> None:
    work.inbox += ["a", "b"]
    work.pump.kick()
    assert work.pump.running
    await work.idle()
    assert work.served == ["a", "b"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_comes_while_it_runs_is_not_missed(work: Work) -> None:
    """Even between the last look and the end of the task."""
    for round_ in range(5):
        work.inbox.append("a")
        work.pump.kick()
        for _ in range(round_):
            await asyncio.sleep(0)
        work.inbox.append("b")
        work.pump.kick()
        work.pump.kick()
        await work.idle()
    assert work.served == ["a", "b"] * 5


async def test_a_failure_is_told_once_and_ends_the_work(work: Work) -> None:
    work.inbox += ["a", "bad", "b"]
    work.pump.kick()
    work.pump.kick()
    await work.idle()
    assert [str(failure) for failure in work.failures] == ["bad"]
    assert work.served == ["a"]


async def test_cancelling_stops_at_once_and_is_no_failure(work: Work) -> None:
    work.gate.clear()
    work.inbox += ["a", "b"]
    work.pump.kick()
    await asyncio.sleep(0)
    work.pump.kick()
    work.pump.cancel()
    await work.idle()
    assert (work.served, work.failures, work.running) == ([], [], 0)
    work.pump.cancel()
    work.gate.set()
    work.pump.kick()
    await work.idle()
    assert work.served == ["b"]
