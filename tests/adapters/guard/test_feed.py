"""The file that other programs follow."""

import asyncio
from pathlib import Path

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.guard.feed import FILE_OCTETS, Feed, FollowedGuard
from posthouse.filters.guard.counting import Rules
from posthouse.ports.guard import Attempt

NOW = 1_800_000_000.0
RULES = Rules(2, 50, 100, 3_600, 300, 86_400)
STRANGER = Attempt("192.0.2.1", "192.0.2.1/32", "192.0.2.0/24", "eve\nx@example.test")


async def test_failures_and_blocks_are_lines(tmp_path: Path) -> None:
    database, feed = GuardDatabase(tmp_path / "guard.db"), Feed(tmp_path / "guard.log")
    guard = FollowedGuard(database, feed)
    for number in range(4):
        await guard.failed(STRANGER, b"%d" % number, RULES, NOW + number)
    await guard.succeeded(STRANGER, NOW + 5, strong=True)
    await feed.stop()
    await asyncio.to_thread(database.stop)
    assert (tmp_path / "guard.log").read_text().splitlines() == [
        "2027-01-15T08:00:00Z posthouse failure from 192.0.2.1",
        "2027-01-15T08:00:01Z posthouse failure from 192.0.2.1",
        "2027-01-15T08:00:01Z posthouse block 192.0.2.1/32 for 300 s",
    ]


async def test_the_file_does_not_grow_for_ever_and_a_disk_that_refuses_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "guard.log"
    path.write_bytes(b"x" * (FILE_OCTETS + 1))
    feed = Feed(path)
    feed.note("failure from 192.0.2.1", NOW)
    await feed.stop()
    assert path.read_text() == "2027-01-15T08:00:00Z posthouse failure from 192.0.2.1\n"
    assert (tmp_path / "guard.log.1").stat().st_size == FILE_OCTETS + 1
    nowhere = Feed(tmp_path / "missing" / "guard.log")
    nowhere.note("failure from 192.0.2.1", NOW)
    await nowhere.stop()
