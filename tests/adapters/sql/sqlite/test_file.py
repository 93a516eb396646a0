"""Opening databases, bringing them up to date, and saying what went wrong."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from posthouse.adapters.sql.sqlite.file import connect, immediate, migrate, one, translated
from posthouse.foundation.errors import Corrupt, OutOfSpace, PosthouseError, Unavailable


def test_a_database_is_opened_as_the_promises_need_it(tmp_path: Path) -> None:
    db = connect(tmp_path / "x.db")
    assert db.pragma("journal_mode") == "wal"
    assert db.pragma("synchronous") == 2, "FULL"
    assert db.pragma("wal_autocheckpoint") == 0
    db.execute("CREATE TABLE t (a)")
    reader = connect(tmp_path / "x.db", read_only=True)
    assert one(reader, "SELECT count(*) FROM t") == (0,)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(apsw.SQLError):
        db.execute('INSERT INTO t VALUES ("a word that is no column")')
    reader.close()
    db.close()
    assert (tmp_path / "x.db-wal").exists(), "closing does not checkpoint"


def test_reading_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(apsw.CantOpenError):
        connect(tmp_path / "x.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_each_step_is_done_once(tmp_path: Path) -> None:
    db = connect(tmp_path / "x.db")
    migrate(db, ["CREATE TABLE a (x); INSERT INTO a VALUES (1)"])
    migrate(db, ["CREATE TABLE a (x)", "INSERT INTO a VALUES (2)"])
    migrate(db, ["CREATE TABLE a (x)", "INSERT INTO a VALUES (2)"])
    assert db.execute("SELECT x FROM a").fetchall() == [(1,), (2,)]
    assert db.pragma("user_version") == 2
    db.close()


def test_a_step_that_fails_is_undone_and_tried_again(tmp_path: Path) -> None:
    db = connect(tmp_path / "x.db")
    with pytest.raises(apsw.SQLError):
        migrate(db, ["CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)"])
    assert db.pragma("user_version") == 1
    migrate(db, ["CREATE TABLE a (x)", "CREATE TABLE b (x)"])
    assert db.pragma("user_version") == 2
    db.close()


def test_a_step_that_another_process_has_just_done_is_not_done_again(tmp_path: Path) -> None:
    one_, other = connect(tmp_path / "x.db"), connect(tmp_path / "x.db")
    steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)"]
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(migrate, db, steps) for db in (one_, other)]:
            done.result()
    assert one_.pragma("user_version") == other.pragma("user_version") == 2
    one_.close()
    other.close()


def test_an_immediate_block_has_the_lock_and_is_undone_when_it_raises(tmp_path: Path) -> None:
    db, other = connect(tmp_path / "x.db"), connect(tmp_path / "x.db")
    other.set_busy_timeout(0)
    db.execute("CREATE TABLE a (x)")
    with immediate(db), pytest.raises(apsw.BusyError):
        other.execute("INSERT INTO a VALUES (1)")
    for statements in ("INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1)", "ROLLBACK; INSERT INTO nowhere VALUES (1)"):
        with pytest.raises(apsw.SQLError), immediate(db):
            db.execute(statements)
    assert one(db, "SELECT count(*) FROM a") == (0,)
    db.close()
    other.close()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    db = connect(tmp_path / "x.db")
    db.pragma("user_version", 3)
    with pytest.raises(Unavailable, match="newer Posthouse"):
        migrate(db, ["CREATE TABLE a (x)"])
    db.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (apsw.FullError, OutOfSpace),
        (apsw.IOError, OutOfSpace),
        (apsw.CorruptError, Corrupt),
        (apsw.NotADBError, Corrupt),
        (apsw.BusyError, Unavailable),
        (apsw.ConstraintError, Unavailable),
        (apsw.CantOpenError, Unavailable),
    ],
)
def test_errors_are_said_in_the_houses_words(error: type[apsw.Error], said: type[PosthouseError]) -> None:
    assert type(translated(error("x"))) is said
