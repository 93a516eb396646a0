"""Opening a database file the way the promises need it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from posthouse.foundation.errors import Corrupt, OutOfSpace, PosthouseError, Unavailable

BUSY_MILLISECONDS = 2_000
CACHE_KIB = 512
STATEMENTS = 64
LOG_OCTETS = 1_048_576
"""What is left of a log after it has been emptied."""

# Counting what each allocation takes is a lock all threads share; nobody asks. Only before the first connection it can be left out.
apsw.shutdown()
apsw.config(apsw.SQLITE_CONFIG_MEMSTATUS, 0)
apsw.initialize()

Migration = str | Callable[[apsw.Connection], None]
"""One step of a schema: statements, or a function where values must be looked into."""


def connect(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """Open a database: WAL, ``synchronous=FULL``, no checkpoints of SQLite's own, WAL kept on close.

    Raises: apsw.Error.
    """
    flags = apsw.SQLITE_OPEN_READWRITE if not read_only else apsw.SQLITE_OPEN_READONLY
    if not read_only:
        flags |= apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    if not read_only:
        # One by one: what follows a statement that answers a row is not run before the row has been read.
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", f"journal_size_limit={LOG_OCTETS}"):
            connection.execute(f"PRAGMA {setting}")
    return connection


def migrate(connection: apsw.Connection, migrations: Sequence[Migration]) -> None:
    """Bring a database to the newest schema, one transaction a step; ``user_version`` counts the steps done.

    Raises: Unavailable for a file written by a newer program.
    """
    done = int(connection.pragma("user_version") or 0)
    if done > len(migrations):
        raise Unavailable(
            f"{connection.filename} was written by a newer Posthouse (schema {done}, this one knows {len(migrations)})"
        )
    for number in range(done, len(migrations)):
        with immediate(connection):
            if int(connection.pragma("user_version") or 0) == number:  # else another process has just done it
                step = migrations[number]
                if callable(step):
                    step(connection)
                else:
                    connection.execute(step)
                connection.pragma("user_version", number + 1)


@contextmanager
def immediate(connection: apsw.Connection) -> Iterator[None]:
    """Run a block in a transaction that has the write lock from the start: committed at its end, undone when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def one(connection: apsw.Connection, statement: str, bindings: Sequence[object] = ()) -> tuple[Any, ...]:
    """The row of a statement that always has one."""
    row: tuple[Any, ...] | None = connection.execute(statement, tuple(bindings)).fetchone()
    assert row is not None
    return row


def translated(error: apsw.Error) -> PosthouseError:
    """Say a database error in the house's words."""
    if isinstance(error, apsw.FullError):
        return OutOfSpace("the disk is full")
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return Corrupt(f"the database is damaged: {error}")
    if isinstance(error, apsw.IOError):
        # A full disk shows as an I/O error where SQLite extends the shared memory file.
        return OutOfSpace(f"the disk does not take more: {error}")
    return Unavailable(f"the database does not answer: {error}")
