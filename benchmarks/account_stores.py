"""The account store's verbs in PostgreSQL against SQLite, in one process (docs/adr/0009); needs PostgreSQL's programs."""

import asyncio
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.foreign import SEARCH_PATH
from tests.support.postgres import postgres_running

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.postgres.accounts.looking import Places as PostgresPlaces
from posthouse.adapters.sql.postgres.accounts.store import PostgresAccountStore
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.ids import AccountId, DeliveryId, MailboxId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivery
from posthouse.model.mailbox import FlagChange, FlagOperation
from posthouse.ports.account_store import AccountStore
from posthouse.protocols.imap.projections.registry import PROJECTIONS

SOURCES = (SystemClock(), SystemEntropy())
ACCOUNTS = [AccountId(b"account-%08d" % number) for number in range(16)]
ALICE = ACCOUNTS[0]
_numbers = itertools.count()


def message() -> bytes:
    """Some 4 KB."""
    head = f"From: a@x.test\r\nTo: b@y.test\r\nSubject: number {next(_numbers)}\r\nMessage-ID: <{next(_numbers)}@x.test>\r\n\r\n"
    return (head + ("some words here and there " * 3 + "\r\n") * 50).encode()


def delivery() -> Delivery:
    """One that was not made before."""
    return Delivery(DeliveryId(b"%016d" % next(_numbers)), TraceId(b"t" * 16), Content(message()), 1.0)


class Work:
    """What is measured, on one store."""

    def __init__(self, store: AccountStore, inbox: MailboxId) -> None:
        self._store = store
        self._inbox = inbox

    async def deliver(self, account: AccountId, count: int) -> None:
        """Deliver one by one."""
        for _ in range(count):
            await self._store.deliver(account, delivery())

    async def deliver_at_once(self) -> None:
        """Deliver to all accounts side by side."""
        await asyncio.gather(*(self.deliver(account, 60) for account in ACCOUNTS))

    async def flag(self, times: int, uids: Callable[[int], Sequence[int]]) -> None:
        """Set and take a flag in turn."""
        for number in range(times):
            change = FlagChange((FlagOperation.ADD, FlagOperation.REMOVE)[number % 2], 1)
            await self._store.store_flags(ALICE, self._inbox, uids(number), change)

    async def fetch(self, *columns: str) -> None:
        """Fetch columns of all messages."""
        uids, start = list(range(1, (await self._store.mailbox(ALICE, self._inbox)).uid_next)), 0
        while start < len(uids):
            start = (await self._store.fetch(ALICE, self._inbox, uids, columns, start)).next_index

    async def look(self) -> None:
        """Look at a mailbox."""
        for _ in range(500):
            await self._store.mailbox(ALICE, self._inbox)

    async def copy(self) -> None:
        """Copy messages."""
        await self._store.copy(ALICE, self._inbox, range(1, 1_001), self._inbox)

    async def expunge(self) -> None:
        """Expunge messages."""
        await self._store.expunge(ALICE, self._inbox, range(1, 1_001), forced=True)


async def measure(store: AccountStore) -> dict[str, float]:
    """Seconds for each piece of work."""
    for account in ACCOUNTS:
        await store.create(account, "person", [])
    inbox = (await store.mailboxes(ALICE))[0].id
    await store.append(ALICE, inbox, [Append(Content(message()), 1.0) for _ in range(1_000)])
    work = Work(store, inbox)
    await work.deliver(ALICE, 50)
    pieces: dict[str, Callable[[], Awaitable[None]]] = {
        "deliver 400, one account": lambda: work.deliver(ALICE, 400),
        "deliver 960, 16 accounts at once": work.deliver_at_once,
        "flags of 400, one by one": lambda: work.flag(400, lambda number: [number // 2 + 1]),
        "flags of 1,000, ten times": lambda: work.flag(10, lambda _: range(1, 1_001)),
        "fetch flags, sizes, dates": lambda: work.fetch("flags", "size", "received_at"),
        "fetch envelopes and structures": lambda: work.fetch("list.envelope", "list.body_structure"),
        "fetch bodies": lambda: work.fetch("octets"),
        "look at a mailbox, 500 times": work.look,
        "copy 1,000": work.copy,
        "expunge 1,000": work.expunge,
    }
    seconds = {}
    for name, piece in pieces.items():
        begun = time.perf_counter()
        await piece()
        seconds[name] = time.perf_counter() - begun
    return seconds


async def main() -> None:
    """Print seconds and ratios."""
    program = shutil.which("postgres", path=SEARCH_PATH)
    assert program is not None, "PostgreSQL is not installed: run tests/real/install-programs"
    with tempfile.TemporaryDirectory() as folder:
        embedded = SqliteAccountStore(Places(Path(folder, "accounts"), Path(folder, "marks")), 1, PROJECTIONS, Hub(), SOURCES)
        own = await measure(embedded)
        await asyncio.to_thread(embedded.stop)
    with postgres_running(program, durable=True) as server, tempfile.TemporaryDirectory() as folder:
        places = PostgresPlaces(await server.create(), Path(folder))
        remote = PostgresAccountStore(places, PROJECTIONS, Hub(), SOURCES)
        far = await measure(remote)
        await asyncio.to_thread(remote.stop)
    for name, seconds in own.items():
        print(f"{name:36} sqlite {seconds:8.4f} s   postgres {far[name]:8.4f} s   ratio of rates {seconds / far[name]:.2f}")


if __name__ == "__main__":
    uvloop.run(main())
