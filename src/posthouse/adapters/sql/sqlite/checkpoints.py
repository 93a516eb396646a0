"""Moving committed pages from the log into the database, off the path of whoever commits."""

import contextlib
import queue
import threading
import zlib
from pathlib import Path

import apsw

from posthouse.adapters.sql.sqlite.file import connect

PASSIVE_PAGES = 1_000
RESTART_PAGES = 8_000
"""A log this long is cut by the writer itself: a passive checkpoint never ends while somebody writes all the time."""
SETTLE_OCTETS = (262_144, 786_432)
"""A shorter log is left to whoever opens the file next and reads it again. Each file has a limit of its own between these: what is
written to thousands of files in turn shall not have them all fall due at once."""


class Checkpointer:
    """One thread for all files of a process."""

    def __init__(self) -> None:
        self._files: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def watch(self, connection: apsw.Connection) -> None:
        """Ask for a checkpoint whenever the log of this writer's connection has grown long."""
        connection.set_wal_hook(self._grown)

    def stop(self) -> None:
        """End the thread; logs stay as they are and are read at the next start."""
        self._files.put(None)
        self._thread.join()

    def _grown(self, connection: apsw.Connection, _schema: str, pages: int) -> int:
        if pages >= RESTART_PAGES:
            with contextlib.suppress(apsw.BusyError):
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
        elif pages >= PASSIVE_PAGES:
            self._ask(connection.filename)
        return apsw.SQLITE_OK

    def _ask(self, path: str) -> None:
        with self._lock:
            if path in self._waiting:
                return
            self._waiting.add(path)
        self._files.put(path)

    def _run(self) -> None:
        while (path := self._files.get()) is not None:
            with self._lock:
                self._waiting.discard(path)
            with contextlib.suppress(apsw.Error):
                connection = connect(Path(path))
                try:
                    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
                    with contextlib.suppress(apsw.BusyError):
                        connection.set_busy_timeout(0)
                        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
                finally:
                    connection.close()


def settle(connection: apsw.Connection) -> None:
    """Empty the log of a file before its writer closes, if it is worth the work and nobody reads in it."""
    log = Path(connection.filename_wal)
    with contextlib.suppress(OSError, apsw.BusyError):
        if log.stat().st_size >= _limit(log):
            connection.set_busy_timeout(0)
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _limit(log: Path) -> int:
    least, most = SETTLE_OCTETS
    return least + zlib.crc32(bytes(log)) % (most - least)
