"""What a long queue costs: taking a message, its first delivery, listing and purging, beside 1,000 and 500,000 recipients.

    python benchmarks/queue_size.py [RECIPIENTS …]

The recipients that wait are at 100,000 domains (or fewer), half of them due. Figures are medians in milliseconds; the last column
is how long the slowest acceptance took while a purge went on.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.system.clock import SystemClock
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import START, Attempt, Outcome, Position, QueuedMessage, Recipient, Wanted

OCTETS = b"Subject: hello\r\n\r\n" + b"A line of text.\r\n" * 100
TOGETHER = 5
DOMAINS = 100_000
RUNS = 200


def message(number: int, now: float, *, late: bool = False) -> QueuedMessage:
    """One message for a few recipients at as many domains."""
    recipients = tuple(
        Recipient(f"r{number}@{domain}", delivery_id=DeliveryId(b"%015d%c" % (number, index)), destination=domain)
        for index in range(TOGETHER)
        for domain in [f"d{(number * TOGETHER + index) % DOMAINS}.example"]
    )
    id_ = number.to_bytes(16, "big")
    release = now + 3_600 if late else 0.0
    return QueuedMessage(
        QueueId(id_), TraceId(id_), f"s{number % 500}@example.test", Content(OCTETS), recipients, now, release_at=release
    )


async def fill(queue: SqliteQueue, count: int, now: float) -> None:
    """Put so many recipients in."""
    for start in range(0, count // TOGETHER, 200):
        numbers = range(start, min(start + 200, count // TOGETHER))
        await asyncio.gather(*(queue.enqueue(message(number, now - 60, late=bool(number % 2))) for number in numbers))


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of one run."""
    before = time.perf_counter()
    await work()
    return (time.perf_counter() - before) * 1_000


async def first_delivery(queue: SqliteQueue, number: int, clock: SystemClock) -> None:
    """What the runner does for a message that has just come: see that it is due, lease, begin, record."""
    now = clock.now()
    due = await queue.due_destinations(now, 500, newest=True)
    wanted = {recipient.destination for recipient in message(number, now).recipients}
    for destination in [name for name in due if name in wanted]:
        (leased,) = await queue.lease([destination], 1, now, now + 120, newest=True)
        await queue.begin(leased.leases, now + 120)
        await queue.record([Attempt(lease, Outcome.DELIVERED, now) for lease in leased.leases])
    await queue.next_due()


async def purge(queue: SqliteQueue, wanted: Wanted) -> None:
    """As posthouse queue purge does it."""
    place: Position | None = START
    while place is not None:
        place = (await queue.change_some(wanted, "purge", after=place)).after


async def measure(count: int) -> dict[str, float]:
    """All figures for one length."""
    folder, clock = Path(tempfile.mkdtemp()), SystemClock()
    queue = SqliteQueue(folder / "0.db", Hub(), clock)
    try:
        await fill(queue, count, clock.now())
        accept, deliver = [], []
        for number in range(10_000_000, 10_000_000 + RUNS):
            accept.append(await timed(lambda number=number: queue.enqueue(message(number, clock.now()))))  # type: ignore[misc]
            deliver.append(await timed(lambda number=number: first_delivery(queue, number, clock)))  # type: ignore[misc]
        figures = {"accept": statistics.median(accept), "first delivery": statistics.median(deliver)}
        figures["oldest due"] = await timed(lambda: queue.due_destinations(clock.now(), 500))
        figures["first page"] = await timed(lambda: queue.rows(limit=1_000))
        figures["find nothing"] = await timed(lambda: queue.rows(Wanted("nobody-at-all")))
        figures["purge one sender"] = await timed(lambda: purge(queue, Wanted(sender="s7@")))
        purging = asyncio.create_task(timed(lambda: purge(queue, Wanted())))
        slowest, number = 0.0, 20_000_000
        while not purging.done():
            slowest = max(slowest, await timed(lambda: queue.enqueue(message(number, clock.now()))))  # noqa: B023 - at once
            number += 1
            await asyncio.sleep(0.02)
        figures["purge all"], figures["accept meanwhile"] = await purging, slowest
        return figures
    finally:
        await asyncio.to_thread(queue.stop)
        shutil.rmtree(folder)


def main() -> None:
    """Measure and print a table."""
    counts = [int(word) for word in sys.argv[1:]] or [1_000, 500_000]
    found = [asyncio.run(measure(count)) for count in counts]
    print("| ms | " + " | ".join(f"{count:,}" for count in counts) + " |\n| --- |" + " ---: |" * len(counts))
    for name in found[0]:
        print(f"| {name} | " + " | ".join(f"{figures[name]:,.2f}" for figures in found) + " |")


if __name__ == "__main__":
    main()
