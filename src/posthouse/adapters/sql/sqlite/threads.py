"""Threads that run whole transactions, first in first out per file, and commit them in groups.

A hop to a thread costs more than most statements, so a verb is one hop: a function of the connection. Whatever waits for the same
file when a thread comes to it is committed together, each in its own savepoint; nobody is told before the outer commit is on the
disk.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import apsw

from posthouse.adapters.sql.sqlite.file import BUSY_MILLISECONDS, translated
from posthouse.foundation.errors import Unavailable

T = TypeVar("T")
Work = Callable[[apsw.Connection], Any]
GROUP_OCTETS = 1_048_576
GROUP_LENGTH = 200
PENDING = 5_000
"""Transactions that may wait for one file; beyond it the answer is ``Unavailable``."""


class SerialFile:
    """A database whose transactions run one after the other on any thread of a pool."""

    __slots__ = (
        "_confirm",
        "_connect",
        "_enter",
        "_leave",
        "begun",
        "closing",
        "connection",
        "entered",
        "errand",
        "lock",
        "pending",
        "scheduled",
        "writes",
    )

    def __init__(
        self,
        connect: Callable[[], apsw.Connection],
        *,
        writes: bool,
        enter: Callable[[apsw.Connection], None] = lambda _connection: None,
        confirm: Callable[[apsw.Connection], None] = lambda _connection: None,
        leave: Callable[[apsw.Connection], None] = lambda _connection: None,
    ) -> None:
        self._connect = connect
        self._confirm = confirm
        self._enter = enter
        self._leave = leave
        self.entered = False
        """Whether what the first transaction begins with is committed."""
        self.writes = writes
        self.connection: apsw.Connection | None = None
        self.pending: deque[tuple[Work, asyncio.Future[Any], int]] = deque()
        self.begun: tuple[asyncio.Future[Any], Any, BaseException | None] | None = None
        """A transaction whose statements have run on the event loop; a thread is to end it."""
        self.errand: Callable[[apsw.Connection], None] | None = None
        """To be run between transactions."""
        self.scheduled = False
        self.closing = False
        self.lock = threading.Lock()

    def open(self) -> apsw.Connection:
        """The connection, opened by the first transaction; called by the pool's threads only."""
        if self.connection is None:
            self.connection = self._connect()
        return self.connection

    def enter(self, connection: apsw.Connection) -> None:
        """Do what the first transaction begins with, unless it has been done; called inside a transaction."""
        if not self.entered:
            self._enter(connection)

    def confirm(self) -> None:
        """Do what follows the first commit, before anybody is told of it; called by the pool's threads only."""
        if not self.entered:
            self.entered = True
            self._do(self._confirm)

    def run_errand(self) -> None:
        """Run what waits to be run between transactions; called by the pool's threads only."""
        with self.lock:
            errand, self.errand = self.errand, None
        if errand is not None:
            self._do(errand)

    def leave(self) -> None:
        """Close the connection, after what is to be done before that; called by the pool's threads only."""
        self._do(self._leave)
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _do(self, errand: Callable[[apsw.Connection], None]) -> None:
        if self.connection is not None:
            with contextlib.suppress(Exception):  # nobody waits for it, and the thread serves others too
                errand(self.connection)

    @property
    def busy(self) -> bool:
        """Whether transactions wait or run."""
        return self.scheduled


class Threads:
    """A fixed pool for any number of files."""

    def __init__(self, count: int, name: str) -> None:
        self._ready: queue.SimpleQueue[SerialFile | None] = queue.SimpleQueue()
        self._stopping = False
        self._threads = [threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    async def run(self, file: SerialFile, work: Callable[[apsw.Connection], T], octets: int = 0, *, quick: bool = False) -> T:
        """Run one transaction; it is durable when this returns, undone when this raises.

        ``quick`` work touches a handful of rows: where nothing waits for the file, its statements run on the event loop at once and
        only the commit goes to a thread (docs/adr/0006).
        Raises: OutOfSpace, Unavailable, Corrupt for the database's own failures; Unavailable where too many wait and once the
        threads are stopped; else what ``work`` raises.
        """
        if self._stopping:
            raise Unavailable("the server is shutting down")
        if quick and (ending := self._run_here(file, work)) is not None:
            return await ending
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with file.lock:
            if len(file.pending) >= PENDING:
                raise Unavailable("too many transactions wait for this account")
            file.pending.append((work, future, octets))
            schedule, file.scheduled = not file.scheduled, True
        if schedule:
            self._ready.put(file)
        return await future

    def _run_here(self, file: SerialFile, work: Callable[[apsw.Connection], T]) -> asyncio.Future[T] | None:
        """Run the statements now; None when the file is not idle, not open, or locked by a checkpoint."""
        with file.lock:
            if file.scheduled or file.closing or not file.entered:
                return None
            assert file.connection is not None
            file.scheduled = True
        ending: asyncio.Future[T] | None = None
        if _begin_at_once(file.connection):
            ending = asyncio.get_running_loop().create_future()
            file.begun = (ending, *_attempt(file.connection, work))
        self._ready.put(file)
        return ending

    async def look(
        self, file: SerialFile, work: Callable[[apsw.Connection], T], is_little: Callable[[apsw.Connection], bool] | None = None
    ) -> T:
        """Run a transaction that looks at a handful of rows: on the event loop where the file is idle and open, else as ``run``.

        ``is_little`` is asked first whether it really is a handful; who has none needs no transaction, as one statement does not.
        Raises: as ``run``.
        """
        if not self._stopping and (outcome := self._look_here(file, work, is_little)) is not None:
            result: T
            result, error = outcome
            if error is None:
                return result
            raise error
        return await self.run(file, work)

    def _look_here(
        self, file: SerialFile, work: Callable[[apsw.Connection], T], is_little: Callable[[apsw.Connection], bool] | None
    ) -> tuple[Any, BaseException | None] | None:
        """Run everything now; None when the file is not idle or not open, or there is more to read than a handful."""
        with file.lock:
            if file.scheduled or file.closing or file.connection is None:
                return None
            file.scheduled = True
        outcome = _attempt(file.connection, work) if is_little is None else _look(file.connection, work, is_little)
        with file.lock:
            awaited = bool(file.pending) or file.errand is not None or file.closing
            file.scheduled = awaited
        if awaited:
            self._ready.put(file)
        return outcome

    def send(self, file: SerialFile, errand: Callable[[apsw.Connection], None]) -> None:
        """Have something done with the file's connection between two transactions, if it is open then; nobody waits for it."""
        with file.lock:
            file.errand = errand
            schedule, file.scheduled = not file.scheduled, True
        if schedule:
            self._ready.put(file)

    def close(self, file: SerialFile) -> None:
        """Close the file's connection once what waits for it is done."""
        with file.lock:
            file.closing = True
            schedule, file.scheduled = not file.scheduled, True
        if schedule:
            self._ready.put(file)

    def stop(self) -> None:
        """Take nothing new, finish what waits and end the threads."""
        self._stopping = True
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()
        # A thread ends at its None though files may wait behind it: they are seen to here.
        with contextlib.suppress(queue.Empty):
            while True:
                file = self._ready.get_nowait()
                if file is not None:
                    self._serve(file)

    def _run(self) -> None:
        while (file := self._ready.get()) is not None:
            self._serve(file)

    def _serve(self, file: SerialFile) -> None:
        """Run one group of a file; it takes its turn again where more waits."""
        if file.begun is not None:
            _end(file)
        group = _take(file)
        if group:
            _execute(file, group)
        file.run_errand()
        with file.lock:
            again = bool(file.pending) or file.errand is not None
            leaving = file.closing and not again
            file.scheduled = again or leaving
        if leaving:
            file.leave()  # may wait for the disk: not under the lock, which the event loop takes
            with file.lock:
                again = file.scheduled = bool(file.pending) or file.errand is not None
        if again:
            self._ready.put(file)


def _take(file: SerialFile) -> list[tuple[Work, asyncio.Future[Any], int]]:
    group: list[tuple[Work, asyncio.Future[Any], int]] = []
    octets = 0
    with file.lock:
        while file.pending and octets < GROUP_OCTETS and len(group) < GROUP_LENGTH:
            group.append(file.pending.popleft())
            octets += group[-1][2]
    return group


def _look(
    connection: apsw.Connection, work: Work, is_little: Callable[[apsw.Connection], bool]
) -> tuple[Any, BaseException | None] | None:
    try:
        connection.execute("BEGIN")
        outcome = _attempt(connection, work) if is_little(connection) else None
        connection.execute("COMMIT")
    except apsw.Error as error:
        if connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                connection.execute("ROLLBACK")
        return None, translated(error)
    return outcome


def _begin_at_once(connection: apsw.Connection) -> bool:
    connection.set_busy_timeout(0)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.Error:
        return False
    finally:
        connection.set_busy_timeout(BUSY_MILLISECONDS)
    return True


def _end(file: SerialFile) -> None:
    """Commit or undo what was begun on the event loop."""
    assert file.begun is not None
    assert file.connection is not None
    future, result, error = file.begun
    file.begun = None
    try:
        if error is None:
            file.connection.execute("COMMIT")
        elif file.connection.in_transaction:  # a full disk has rolled it back already
            file.connection.execute("ROLLBACK")
    except BaseException as failed:  # noqa: BLE001 - whatever happens, nobody is left waiting
        with contextlib.suppress(apsw.Error):
            if file.connection.in_transaction:
                file.connection.execute("ROLLBACK")
        if error is None:
            result, error = None, translated(failed) if isinstance(failed, apsw.Error) else failed
    _tell([(future, result, error)])


def _execute(file: SerialFile, group: list[tuple[Work, asyncio.Future[Any], int]]) -> None:
    outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = []
    try:
        connection = file.open()
        connection.execute("BEGIN IMMEDIATE" if file.writes else "BEGIN")
        try:
            file.enter(connection)
            alone = len(group) == 1
            for work, future, _ in group:
                outcomes.append((future, *(_attempt if alone else _attempt_in_savepoint)(connection, work)))
            failed = alone and outcomes[0][2] is not None
            connection.execute("ROLLBACK" if failed else "COMMIT")
            if not failed:
                file.confirm()
        except BaseException:
            if connection.in_transaction:
                with contextlib.suppress(apsw.Error):
                    connection.execute("ROLLBACK")
            raise
    except BaseException as error:  # noqa: BLE001 - whatever happens, nobody is left waiting
        failure = translated(error) if isinstance(error, apsw.Error) else error
        outcomes = [(future, None, failure) for _, future, _ in group]
    _tell(outcomes)


def _attempt(connection: apsw.Connection, work: Work) -> tuple[Any, BaseException | None]:
    try:
        return work(connection), None
    except apsw.Error as error:
        return None, translated(error)
    except Exception as error:  # noqa: BLE001 - handed to whoever asked
        return None, error


def _attempt_in_savepoint(connection: apsw.Connection, work: Work) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT verb")
    result, error = _attempt(connection, work)
    if error is not None:
        if not connection.in_transaction:
            raise error  # a full disk or an I/O error has rolled back everything: the group fails as one
        connection.execute("ROLLBACK TO verb")
    connection.execute("RELEASE verb")
    return result, error


def _tell(outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any, BaseException | None]]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].get_loop(), []).append(outcome)
    for loop, told in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
