"""A file for statistics: transactions in their order, kept across a reopening."""

import asyncio
from pathlib import Path

import apsw
import pytest

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile

MIGRATIONS = ("CREATE TABLE number (value INTEGER)",)


async def test_what_is_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    for count in (3, 6):
        file = StatisticsFile(tmp_path / "x.db", MIGRATIONS, "test")
        for _ in range(3):
            await file.run(lambda db: db.execute("INSERT INTO number VALUES (1)"))
        assert await file.run(lambda db: db.execute("SELECT sum(value) FROM number").fetchone()) == (count,)
        await asyncio.to_thread(file.stop)


async def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    file = StatisticsFile(tmp_path / "x.db", MIGRATIONS, "test")

    def fail(db: apsw.Connection) -> None:
        db.execute("INSERT INTO number VALUES (1)")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await file.run(fail)
    assert await file.run(lambda db: db.execute("SELECT count(*) FROM number").fetchone()) == (0,)
    await asyncio.to_thread(file.stop)
