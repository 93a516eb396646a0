"""A database of its own for what may lose its last second in a crash of the machine: traces, counts, what is known of strangers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads

T = TypeVar("T")
CHECKPOINT_PAGES = 1_000


class StatisticsFile:
    """One file and one thread, ``synchronous=NORMAL``. ``name`` is the thread's."""

    def __init__(self, path: Path, migrations: Sequence[str], name: str) -> None:
        self._threads = Threads(1, name)
        self._file = SerialFile(lambda: _open(path, migrations), writes=True)

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """Do something in a transaction of its own. Raises: OutOfSpace, Unavailable."""
        return await self._threads.run(self._file, work)

    def stop(self) -> None:
        """Finish what waits and close; in a thread."""
        self._threads.close(self._file)
        self._threads.stop()


def _open(path: Path, migrations: Sequence[str]) -> apsw.Connection:
    connection = connect(path)
    connection.pragma("synchronous", "NORMAL")
    connection.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
    migrate(connection, migrations)
    return connection
