"""Kept answers in ``answers.db`` (port ``KeptAnswers``, the keeper's end)."""

from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.ports.kept_answers import Kept

UNFINISHED_SECONDS: Final = 300.0
"""After this a request that was begun counts as given up: its process is gone."""
MIGRATIONS: Final = (
    """
    CREATE TABLE answer (key BLOB PRIMARY KEY, request BLOB NOT NULL, answer BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX answer_at ON answer (at);
    """,
)


class AnswersDatabase:
    """One table."""

    def __init__(self, path: Path) -> None:
        self._threads = Threads(1, "answers")
        self._file = SerialFile(lambda: _connect(path), writes=True)

    def stop(self) -> None:
        """Finish what waits and close."""
        self._threads.close(self._file)
        self._threads.stop()

    async def begin(self, key: bytes, request: bytes, now: float, keep_seconds: float) -> Kept | None:
        """Begin a request under a key."""
        return await self._threads.run(self._file, lambda db: _begin(db, key, request, now, keep_seconds))

    async def finish(self, key: bytes, answer: bytes) -> None:
        """Keep the answer."""

        def work(db: apsw.Connection) -> None:
            db.execute("UPDATE answer SET answer = ? WHERE key = ?", (answer, key))

        await self._threads.run(self._file, work)

    async def forget(self, key: bytes) -> None:
        """It was not done."""

        def work(db: apsw.Connection) -> None:
            db.execute("DELETE FROM answer WHERE key = ?", (key,))

        await self._threads.run(self._file, work)


def _begin(db: apsw.Connection, key: bytes, request: bytes, now: float, keep_seconds: float) -> Kept | None:
    db.execute("DELETE FROM answer WHERE at < ?", (now - keep_seconds,))
    found = db.execute("SELECT request, answer, at FROM answer WHERE key = ?", (key,)).fetchone()
    if found is not None and (found[1] or now - found[2] < UNFINISHED_SECONDS):
        return Kept(found[0], found[1])
    db.execute("INSERT OR REPLACE INTO answer (key, request, answer, at) VALUES (?, ?, x'', ?)", (key, request, now))
    return None


def _connect(path: Path) -> apsw.Connection:
    connection = connect(path)
    connection.pragma("wal_autocheckpoint", 1_000)
    migrate(connection, MIGRATIONS)
    return connection
