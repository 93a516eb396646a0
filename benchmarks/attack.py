"""Guessing passwords while people work: how long their sign-ins take before and meanwhile, who is blocked, who is locked out.

    python benchmarks/attack.py DIRECTORY PORT [GUESSES] [ADDRESSES] [GUESSES-A-SECOND]

DIRECTORY is an installation whose server runs with IMAP on PORT and counts failures from loopback too (``guard.allow`` empty). Its
accounts ``u0@DOMAIN`` … have app passwords, listed in ``DIRECTORY/attack.tsv`` as ADDRESS TAB PASSWORD. Guessers come from
as many networks, a few tries in each connection; people from 127.99.0.0/24, and one from the same address as a guesser, who is told
apart: limits of connections hold for him too.
"""

import asyncio
import contextlib
import itertools
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

TRIES = 3
"""Guesses in one connection."""
TOGETHER = 50
"""Guessers at once."""
PEOPLE = 20
DEFAULTS = ("100000", "1000", "0")
"""Guesses, addresses, guesses a second (0: as fast as they are answered)."""


async def connection(port: int, origin: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A greeted connection from an address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(origin, 0))
    await reader.readuntil(b"\n")
    return reader, writer


async def login(port: int, origin: str, address: str, password: str) -> tuple[float, bytes]:
    """Seconds from connecting to the answer, and the answer."""
    before = time.perf_counter()
    reader, writer = await connection(port, origin)
    try:
        writer.write(f'a LOGIN "{address}" "{password}"\r\n'.encode())
        answer = await reader.readuntil(b"\n")
        while not answer.startswith(b"a "):
            answer = await reader.readuntil(b"\n")
        return time.perf_counter() - before, answer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Attack:
    """Guessers that go on until all guesses are made."""

    def __init__(self, port: int, guesses: int, addresses: int, targets: list[str], rate: float) -> None:
        self._port = port
        self._origins = [f"127.{number // 250 + 1}.{number % 250}.7" for number in range(addresses)]
        self._numbers = iter(range(guesses))
        self._pause = TOGETHER / rate if rate else 0.0
        self._targets = itertools.cycle(targets)
        self.answers: dict[str, int] = {}
        self.last: dict[str, str] = {}

    async def run(self) -> None:
        """Make all guesses."""
        origins = itertools.cycle(self._origins)
        await asyncio.gather(*(self._guesser(origins) for _ in range(TOGETHER)))

    async def _guesser(self, origins: "itertools.cycle[str]") -> None:
        for origin in origins:
            try:
                if not await self._visit(origin):
                    return
            except (OSError, asyncio.IncompleteReadError):
                self._count(origin, "shut out")
                await asyncio.sleep(self._pause)

    async def _visit(self, origin: str) -> bool:
        reader, writer = await connection(self._port, origin)
        try:
            for _ in range(TRIES):
                await asyncio.sleep(self._pause)
                number = next(self._numbers, None)
                if number is None:
                    return False
                writer.write(f"a LOGIN {next(self._targets)} guess-{number}\r\n".encode())
                answer = await reader.readuntil(b"\n")
                self._count(origin, "blocked" if b"UNAVAILABLE" in answer else "failed" if answer.startswith(b"a NO") else "other")
            return True
        finally:
            writer.close()

    def _count(self, origin: str, what: str) -> None:
        self.answers[what] = self.answers.get(what, 0) + 1
        self.last[origin] = what


class Day(NamedTuple):
    """How people's sign-ins went."""

    times: list[float]
    refused: int
    """Of those from addresses of their own."""
    beside: int
    """Of the one from a guesser's address."""


async def work(port: int, people: list[tuple[str, str]], seconds: float, stop: asyncio.Event) -> Day:
    """People sign in again and again, by turns."""
    times: list[float] = []
    refused = beside = 0
    deadline = time.monotonic() + seconds
    for number in itertools.count():
        if stop.is_set() or time.monotonic() > deadline:
            break
        turn = number % len(people)
        origin = "127.1.0.7" if turn == 0 else f"127.99.0.{turn}"
        try:
            taken, answer = await login(port, origin, *people[turn])
        except (OSError, asyncio.IncompleteReadError):
            taken, answer = 0.0, b""
        if answer.startswith(b"a OK"):
            times.append(taken)
        elif turn:
            refused += 1
        else:
            beside += 1
        await asyncio.sleep(0.05)
    return Day(times, refused, beside)


def told(name: str, day: Day) -> str:
    """One line of the result."""
    ordered = sorted(day.times)
    p99 = ordered[int(len(ordered) * 0.99) - 1] * 1_000
    refusals = f"{day.refused} refused, {day.beside} at the guesser's address"
    return f"{name}: {len(ordered)} sign-ins, {refusals}; median {statistics.median(ordered) * 1_000:.1f} ms, p99 {p99:.1f} ms"


async def main() -> None:
    """Run."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    guesses, addresses, rate = (float(text) for text in (*sys.argv[3:], *DEFAULTS[len(sys.argv) - 3 :]))
    rows = [line.split("\t") for line in (folder / "attack.tsv").read_text().splitlines()]
    people = [(row[0], row[1]) for row in rows][:PEOPLE]
    quiet = await work(port, people, 20, asyncio.Event())
    print(told("before", quiet), flush=True)
    targets = [address for address, _ in people] + [f"nobody{number}@example.test" for number in range(30)]
    attack, stop = Attack(port, int(guesses), int(addresses), targets, rate), asyncio.Event()
    working = asyncio.create_task(work(port, people, 3_600, stop))
    began = time.perf_counter()
    await attack.run()
    lasted = time.perf_counter() - began
    stop.set()
    busy = await working
    print(told("meanwhile", busy))
    print(f"ratio of medians {statistics.median(busy.times) / statistics.median(quiet.times):.2f}")
    print(f"{int(guesses)} guesses from {int(addresses)} addresses in {lasted:.0f} s: {attack.answers}")
    ends = list(attack.last.values())
    print(f"addresses that ended blocked or shut out: {sum(end != 'failed' for end in ends)} of {len(ends)}")
    print(told("after", await work(port, people, 10, asyncio.Event())))


asyncio.run(main())
