"""Connections to one PostgreSQL server, and transactions over them.

A look is one statement: the server shows it one moment. A change begins by locking the account's row, which is the only order
there is: the next change of the account sees all of this one or waits for it. Beginning and locking are one round trip, so a change
costs two more than it has statements.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol, TypeVar

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own

from posthouse.adapters.sql.postgres.failures import AGAIN, FAILURES, translated
from posthouse.foundation.errors import NotFound, Unavailable

T = TypeVar("T")
CONNECTIONS: Final = 8
"""At most, of one process."""
CONNECT_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 5.0
"""How long to wait for one of the connections to be free."""
STATEMENT_SECONDS: Final = 60.0
LOCK_SECONDS: Final = 10.0
"""How long to wait for other processes that change the same account."""
ATTEMPTS: Final = 4
SCHEMA: Final = "posthouse"
_SETTINGS: Final = {
    "application_name": "posthouse",
    "search_path": SCHEMA,
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "statement_timeout": f"{STATEMENT_SECONDS:.0f}s",
    "lock_timeout": f"{LOCK_SECONDS:.0f}s",
    # A machine that vanishes in the middle of a change does not hold the account for ever.
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
    # What is joined to many messages is looked up for each: never a list gone through for each, however few are expected.
    "enable_material": "off",
}


class Database(Protocol):
    """What transactions use of a connection. Rows can be unpacked and indexed as tuples."""

    async def execute(self, statement: str, *bindings: object) -> str:
        """Run a statement; returns its command tag."""
        ...

    async def executemany(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement with each of many bindings."""
        ...

    async def fetch(self, statement: str, *bindings: object) -> list[tuple[Any, ...]]:
        """All rows."""
        ...

    async def fetchrow(self, statement: str, *bindings: object) -> tuple[Any, ...] | None:
        """The first row."""
        ...

    async def fetchval(self, statement: str, *bindings: object) -> Any:
        """The first column of the first row; None without one."""
        ...


class CommitUnknown(Unavailable):
    """The connection broke while the server was committing: nobody knows whether it did."""


class Server:
    """The server at ``url``, connected to when it is first needed, and again whenever it has been away."""

    def __init__(self, url: str, prepare: Callable[[Database], Awaitable[None]]) -> None:
        self._url = url
        self._prepare = prepare
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changing: set[asyncio.Task[Any]] = set()

    async def look(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Run a statement, or several that need not agree. Raises: Unavailable, Corrupt; what ``work`` raises."""
        async with self._connection() as db:
            return await work(db)

    async def change(self, account: int, work: Callable[[Database], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction that has locked the account of this number.

        It is durable when this returns, undone when this raises.
        Raises: NotFound without the account; CommitUnknown, Unavailable, OutOfSpace, Corrupt; what ``work`` raises.
        """
        begin = f"BEGIN; SELECT 1 FROM account WHERE number = {account:d} FOR NO KEY UPDATE"
        return await self._repeated(begin, work)

    async def transact(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """As ``change``, without an account."""
        return await self._repeated("BEGIN; SELECT 1", work)

    async def finished(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end even where the caller is cancelled meanwhile; ``stop`` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return await asyncio.shield(task)

    def stop(self) -> None:
        """Finish what is under way and disconnect; not to be called in the event loop's own thread."""
        if self._loop is not None and not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    async def _close(self) -> None:
        await asyncio.gather(*self._changing, return_exceptions=True)
        pool, self._pool, self._loop = self._pool, None, None
        if pool is not None:
            with suppress(*FAILURES):
                await asyncio.wait_for(pool.close(), WAIT_SECONDS)
            pool.terminate()

    async def _repeated(self, begin: str, work: Callable[[Database], Awaitable[T]]) -> T:
        for _ in range(ATTEMPTS - 1):
            with suppress(*AGAIN):
                return await self._once(begin, work)
        try:
            return await self._once(begin, work)
        except AGAIN as error:
            raise translated(error) from error

    async def _once(self, begin: str, work: Callable[[Database], Awaitable[T]]) -> T:
        async with self._connection() as db:
            try:
                if await db.execute(begin) == "SELECT 0":
                    raise NotFound("the account does not exist")
                result = await work(db)
            except BaseException:
                with suppress(*FAILURES):
                    await db.execute("ROLLBACK")
                raise
            try:
                await db.execute("COMMIT")
            except (*FAILURES, asyncio.CancelledError) as error:
                raise CommitUnknown(f"the database did not confirm: {error}") from error
            return result

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Database]:
        try:
            pool = self._pool or await self._open()
            connection = await pool.acquire(timeout=WAIT_SECONDS)
        except FAILURES as error:
            raise translated(error) from error
        try:
            yield connection
        except AGAIN:
            raise
        except FAILURES as error:
            raise translated(error) from error
        finally:
            with suppress(*FAILURES):
                await pool.release(connection)

    async def _open(self) -> Any:
        """Make the pool, and the schema where it is missing or older."""
        async with self._opening:
            if self._pool is None:
                pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=CONNECTIONS,
                    timeout=CONNECT_SECONDS,
                    command_timeout=STATEMENT_SECONDS + LOCK_SECONDS,
                    max_inactive_connection_lifetime=60.0,
                    server_settings=_SETTINGS,
                    reset=_keep,
                )
                try:
                    async with pool.acquire(timeout=CONNECT_SECONDS) as connection:
                        await self._prepare(connection)
                except BaseException:
                    pool.terminate()
                    raise
                self._pool, self._loop = pool, asyncio.get_running_loop()
            return self._pool


async def _keep(_connection: object) -> None:
    """Nothing to undo when a connection is given back: no change is open and nobody sets anything. It would be a round trip."""
