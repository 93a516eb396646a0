"""Browser sessions and steps in ``sessions.db`` (ports ``BrowserSessions`` and ``Steps``, the keeper's end).

What ends is on the disk before anybody is told: a session that was ended does not come back with the power.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.foundation.ids import AccountId, SessionId
from posthouse.ports.signing_in.browser_sessions import BrowserSession
from posthouse.ports.signing_in.steps import Step

T = TypeVar("T")
_PURGE: Final = 100
"""Old rows forgotten with each new one."""
_MIGRATIONS: Final = (
    """
    CREATE TABLE session (
        key BLOB PRIMARY KEY, id BLOB NOT NULL, account BLOB NOT NULL, seen REAL NOT NULL, address TEXT NOT NULL,
        until REAL NOT NULL, rest BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX session_account ON session (account, seen);
    CREATE INDEX session_until ON session (until);
    CREATE TABLE step (
        key BLOB PRIMARY KEY, account BLOB NOT NULL, value BLOB NOT NULL, until REAL NOT NULL, tries INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX step_account ON step (account, until);
    CREATE INDEX step_until ON step (until);
    """,
)
_REST: Final = msgspec.msgpack.Decoder(BrowserSession)


class SessionDatabase:
    """One file and one thread."""

    def __init__(self, path: Path) -> None:
        self._threads = Threads(1, "sessions")
        self._file = SerialFile(lambda: _open(path), writes=True)

    def stop(self) -> None:
        """Finish what waits and close."""
        self._threads.close(self._file)
        self._threads.stop()

    async def begin(self, session: BrowserSession, most: int) -> None:
        """Keep a session."""
        await self._run(lambda db: _begin(db, session, most))

    async def find(self, key: bytes, now: float) -> BrowserSession | None:
        """The session with this key."""
        return await self._run(lambda db: next(iter(_sessions(db, "key = ? AND until > ?", (key, now))), None))

    async def seen(self, key: bytes, address: str, now: float) -> None:
        """Note that a session is used."""
        await self._run(
            lambda db: _do(db, "UPDATE session SET seen = max(seen, ?), address = ? WHERE key = ?", (now, address, key))
        )

    async def of(self, account_id: AccountId, now: float) -> list[BrowserSession]:
        """The sessions of an account."""
        return await self._run(lambda db: _sessions(db, "account = ? AND until > ? ORDER BY seen DESC, id DESC", (account_id, now)))

    async def end(self, account_id: AccountId, ids: Sequence[SessionId]) -> int:
        """End sessions."""
        statement = "DELETE FROM session WHERE account = ? AND id = ?"
        return await self._run(lambda db: sum(_do(db, statement, (account_id, each)) for each in ids))

    async def put(self, step: Step, most: int, now: float) -> bool:
        """Keep a step."""
        return await self._run(lambda db: _put(db, step, most, now))

    async def attempt(self, key: bytes, most: int, now: float) -> Step | None:
        """A step, to try to go on with."""
        counted = "UPDATE step SET tries = tries + 1 WHERE key = ? AND until > ? AND tries < ?"
        return await self._run(lambda db: _step(db, key) if _do(db, counted, (key, now, most)) else None)

    async def take(self, key: bytes, now: float) -> Step | None:
        """Use a step up."""

        def work(db: apsw.Connection) -> Step | None:
            found = _step(db, key)
            _do(db, "DELETE FROM step WHERE key = ?", (key,))
            return found if found is not None and found.until > now else None

        return await self._run(work)

    async def _run(self, work: Callable[[apsw.Connection], T]) -> T:
        return await self._threads.run(self._file, work)


def _begin(db: apsw.Connection, session: BrowserSession, most: int) -> None:
    _do(db, "DELETE FROM session WHERE key IN (SELECT key FROM session WHERE until <= ? LIMIT ?)", (session.created_at, _PURGE))
    row = (session.key, session.id, session.account_id, session.seen_at, session.address, session.until)
    _do(db, "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, msgspec.msgpack.encode(session)))
    _do(
        db,
        "DELETE FROM session WHERE key IN (SELECT key FROM session WHERE account = ?1 AND key <> ?2 ORDER BY seen DESC, id DESC "
        "LIMIT -1 OFFSET ?3)",
        (session.account_id, session.key, most - 1),
    )


def _sessions(db: apsw.Connection, where: str, values: Sequence[object]) -> list[BrowserSession]:
    rows = db.execute(f"SELECT rest, seen, address FROM session WHERE {where}", tuple(values))  # noqa: S608 - our own words
    return [msgspec.structs.replace(_REST.decode(rest), seen_at=seen, address=address) for rest, seen, address in rows]


def _put(db: apsw.Connection, step: Step, most: int, now: float) -> bool:
    _do(db, "DELETE FROM step WHERE key IN (SELECT key FROM step WHERE until <= ? LIMIT ?)", (now, _PURGE))
    if not _do(db, "INSERT OR IGNORE INTO step VALUES (?, ?, ?, ?, 0)", (step.key, step.account_id, step.value, step.until)):
        return False
    _do(
        db,
        "DELETE FROM step WHERE key IN (SELECT key FROM step WHERE account = ?1 AND key <> ?2 ORDER BY until DESC "
        "LIMIT -1 OFFSET ?3)",
        (step.account_id, step.key, most - 1),
    )
    return True


def _step(db: apsw.Connection, key: bytes) -> Step | None:
    row: Any = db.execute("SELECT account, value, until FROM step WHERE key = ?", (key,)).fetchone()
    return None if row is None else Step(key, *row)


def _do(db: apsw.Connection, statement: str, values: Sequence[object]) -> int:
    """How many rows were changed."""
    db.execute(statement, tuple(values))
    return db.changes()


def _open(path: Path) -> apsw.Connection:
    connection = connect(path)
    connection.pragma("wal_autocheckpoint", 1_000)
    migrate(connection, _MIGRATIONS)
    return connection
