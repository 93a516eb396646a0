"""Moving committed pages from the log into the database, off the path of whoever commits."""

import contextlib
import queue
import threading
from pathlib import Path

import apsw

from posthouse.adapters.sql.sqlite.file import connect

PASSIVE_PAGES = 1_000
RESTART_PAGES = 8_000
"""A log this long is cut by the writer itself: a passive checkpoint never ends while somebody writes all the time."""
SETTLE_OCTETS = 262_144
"""A shorter log is left to whoever opens the file next."""


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

    def settle(self, path: Path) -> None:
        """Empty the log of a file that nobody here uses any more, if it is worth the work."""
        log = path.with_name(path.name + "-wal")
        with contextlib.suppress(OSError):
            if log.stat().st_size >= SETTLE_OCTETS:
                self._ask(str(path))

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
