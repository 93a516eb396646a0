"""The log is moved into the database while nobody waits for it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.support.waiting import eventually

from posthouse.adapters.sql.sqlite import checkpoints as module
from posthouse.adapters.sql.sqlite.checkpoints import Checkpointer
from posthouse.adapters.sql.sqlite.file import connect


@pytest.fixture
def checkpointer() -> Iterator[Checkpointer]:
    made = Checkpointer()
    yield made
    made.stop()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE t (octets BLOB)")
    yield connection
    connection.close()


def write(db: apsw.Connection, pages: int) -> None:
    with db:
        db.execute("INSERT INTO t VALUES (randomblob(?))", (pages * 4_096,))


def in_database(path: Path) -> int:
    """Pages that are in the database itself."""
    return path.stat().st_size // 4_096


async def test_a_long_log_is_moved(checkpointer: Checkpointer, db: apsw.Connection, tmp_path: Path) -> None:
    checkpointer.watch(db)
    write(db, module.PASSIVE_PAGES // 2)
    await asyncio.sleep(0.02)
    assert in_database(tmp_path / "x.db") < 10
    write(db, module.PASSIVE_PAGES)
    await eventually(lambda: in_database(tmp_path / "x.db") > module.PASSIVE_PAGES)


async def test_a_log_that_grows_faster_is_cut_by_the_writer(
    checkpointer: Checkpointer, db: apsw.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PASSIVE_PAGES", 1 << 30)
    monkeypatch.setattr(module, "RESTART_PAGES", 50)
    checkpointer.watch(db)
    for _ in range(40):
        write(db, 60)
    assert (tmp_path / "x.db-wal").stat().st_size < 40 * 60 * 4_096 // 4


async def test_a_reader_in_the_way_is_waited_for_by_nobody(
    checkpointer: Checkpointer, db: apsw.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTART_PAGES", 50)
    db.set_busy_timeout(0)
    reader = connect(tmp_path / "x.db", read_only=True)
    reader.execute("BEGIN; SELECT * FROM t")
    checkpointer.watch(db)
    write(db, 60)
    write(db, 60)
    assert db.execute("SELECT count(*) FROM t").fetchone() == (2,)
    reader.close()


def test_a_writer_that_leaves_empties_a_long_log(db: apsw.Connection, tmp_path: Path) -> None:
    write(db, 2 * max(module.SETTLE_OCTETS) // 4_096)
    module.settle(db)
    assert (tmp_path / "x.db-wal").stat().st_size == 0
    assert in_database(tmp_path / "x.db") > min(module.SETTLE_OCTETS) // 4_096


def test_a_short_log_is_left_to_whoever_opens_the_file_next(db: apsw.Connection, tmp_path: Path) -> None:
    write(db, 1)
    length = (tmp_path / "x.db-wal").stat().st_size
    module.settle(db)
    assert (tmp_path / "x.db-wal").stat().st_size == length


def test_a_writer_that_leaves_does_not_wait_for_a_reader(db: apsw.Connection, tmp_path: Path) -> None:
    reader = connect(tmp_path / "x.db", read_only=True)
    reader.execute("BEGIN; SELECT * FROM t")
    write(db, 2 * max(module.SETTLE_OCTETS) // 4_096)
    length = (tmp_path / "x.db-wal").stat().st_size
    module.settle(db)
    assert (tmp_path / "x.db-wal").stat().st_size == length
    reader.close()


def test_files_written_to_in_turn_do_not_fall_due_together(tmp_path: Path) -> None:
    due: dict[int, int] = {}
    for number in range(24):
        path = tmp_path / f"{number}.db"
        writer = connect(path)
        writer.execute("CREATE TABLE t (x)")
        step = 0
        while step == 0 or path.with_name(path.name + "-wal").stat().st_size > 0:
            step += 1
            write(writer, 10)
            module.settle(writer)
        writer.close()
        due[step] = due.get(step, 0) + 1
    assert max(due.values()) <= 12
