"""Queues are run side by side over random histories: what one answers, the other answers too; nothing is left when all is done."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.fakes import FakeClock
from tests.support.queueing import memory_queue, queue_id, queued, sqlite_queue

from posthouse.adapters.bus.hub import Hub
from posthouse.foundation.errors import PosthouseError
from posthouse.model.delivery import Attempt, Lease, Leased, Outcome, QueueRow
from posthouse.ports.queue import Queue

DESTINATIONS = ["x.test", "y.test", "z.test"]
LEASE_SECONDS = 20.0

numbers = st.integers(1, 5)
addresses = st.lists(st.builds("{}@{}".format, st.sampled_from("abc"), st.sampled_from(DESTINATIONS)), min_size=1, max_size=4)
chosen = st.lists(st.integers(0, 30), max_size=3)
operations = st.one_of(
    st.tuples(st.just("enqueue"), numbers, addresses, st.integers(-30, 30), st.integers(-1, 1)),
    st.tuples(st.just("lease"), st.none() | st.lists(st.sampled_from(DESTINATIONS), unique=True), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("renew"), chosen),
    st.tuples(st.just("begin"), chosen),
    st.tuples(st.just("record"), chosen, st.sampled_from(Outcome), st.booleans(), st.none() | numbers),
    st.tuples(
        st.just("change"),
        st.lists(st.tuples(numbers, st.sampled_from(["", "a@x.test", "b@y.test"])), max_size=2),
        st.sampled_from(["retry", "hold", "release", "purge", "reroute"]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 25])),
)


class _Run:
    """One queue, its clock, and every lease ever given."""

    def __init__(self, queue: Queue, clock: FakeClock) -> None:
        self.queue, self.clock = queue, clock
        self.leases: list[Lease] = []

    async def do(self, operation: tuple[Any, ...]) -> object:
        verb, *arguments = operation
        try:
            return await getattr(self, f"do_{verb}")(*arguments)
        except PosthouseError as error:
            return type(error).__name__

    def some(self, indices: list[int]) -> list[Lease]:
        return [self.leases[index % len(self.leases)] for index in indices] if self.leases else []

    async def do_enqueue(self, number: int, recipients: list[str], ago: int, priority: int) -> None:
        await self.queue.enqueue(queued(number, *recipients, at=self.clock.now() - ago, priority=priority))

    async def do_lease(self, destinations: list[str] | None, limit: int, newest: bool) -> object:
        until = self.clock.now() + LEASE_SECONDS
        found = await self.queue.lease(destinations, limit, self.clock.now(), until, newest=newest and destinations is not None)
        self.leases += [lease for leased in found for lease in leased.leases]
        return [_told(leased) for leased in found]

    async def do_renew(self, indices: list[int]) -> object:
        return len(await self.queue.renew(self.some(indices), self.clock.now() + LEASE_SECONDS))

    async def do_begin(self, indices: list[int]) -> None:
        await self.queue.begin(self.some(indices), self.clock.now() + LEASE_SECONDS)

    async def do_record(self, indices: list[int], outcome: Outcome, delayed: bool, report: int | None) -> None:
        now = self.clock.now()
        attempts = [
            Attempt(lease, outcome, now, reply=outcome, retry_at=now + 15, delay_notified=delayed) for lease in self.some(indices)
        ]
        reports = [queued(report, "report@z.test", at=now)] if report else []
        await self.queue.record(attempts, reports)

    async def do_change(self, rows: list[tuple[int, str]], verb: str) -> object:
        return await self.queue.change([(queue_id(number), address) for number, address in rows], verb, "y.test")

    async def do_wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    async def picture(self) -> object:
        """All that can be seen."""
        now = self.clock.now()
        return await self.queue.rows(), await self.queue.due_destinations(now), await self.queue.next_due()

    async def finish(self) -> list[QueueRow]:
        """Deliver everything that is left."""
        self.clock.advance(1_000)
        await self.queue.change([(queue_id(number), "") for number in range(6)], "release")
        while found := await self.queue.lease(None, 10, self.clock.now(), self.clock.now() + LEASE_SECONDS):
            leases = [lease for leased in found for lease in leased.leases]
            await self.queue.record([Attempt(lease, Outcome.DELIVERED, self.clock.now()) for lease in leases])
        return await self.queue.rows()


def _told(leased: Leased) -> object:
    """Leased work without its tokens."""
    numbers = [(lease.recipient_number, lease.until) for lease in leased.leases]
    return leased.message, numbers, leased.attempts, leased.possible_duplicates, leased.delay_notified


async def _compare(history: list[tuple[Any, ...]], folder: Path) -> None:
    clocks = FakeClock(), FakeClock()
    async with sqlite_queue(folder, clocks[0], Hub()) as sqlite, memory_queue(folder, clocks[1], Hub()) as memory:
        runs = [_Run(sqlite, clocks[0]), _Run(memory, clocks[1])]
        for operation in history:
            answers = [await run.do(operation) for run in runs]
            assert answers[0] == answers[1], operation
        assert await runs[0].picture() == await runs[1].picture()
        assert [await run.finish() for run in runs] == [[], []]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, min_size=6, max_size=30))
def test_random_histories_end_alike(history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare(history, Path(folder)))
