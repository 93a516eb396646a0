"""The account store's verbs in PostgreSQL against SQLite, in one process: python benchmarks/account_stores.py (needs a PostgreSQL)."""

import asyncio
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.foreign import SEARCH_PATH  # noqa: E402 - found by the line above
from tests.support.postgres import postgres_running  # noqa: E402

from posthouse.adapters.bus.hub import Hub  # noqa: E402
from posthouse.adapters.sql.postgres.accounts.looking import Places as PostgresPlaces  # noqa: E402
from posthouse.adapters.sql.postgres.accounts.store import PostgresAccountStore  # noqa: E402
from posthouse.adapters.sql.sqlite.accounts.files import Places  # noqa: E402
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore  # noqa: E402
from posthouse.adapters.system.clock import SystemClock  # noqa: E402
from posthouse.adapters.system.entropy import SystemEntropy  # noqa: E402
from posthouse.foundation.ids import AccountId, DeliveryId, TraceId  # noqa: E402
from posthouse.model.content import Content  # noqa: E402
from posthouse.model.delivery import Append, Delivery  # noqa: E402
from posthouse.model.mailbox import FlagChange, FlagOperation  # noqa: E402
from posthouse.ports.account_store import AccountStore  # noqa: E402
from posthouse.protocols.imap.projections.registry import PROJECTIONS  # noqa: E402

SOURCES = (SystemClock(), SystemEntropy())
ACCOUNTS = [AccountId(b"account-%08d" % number) for number in range(16)]
_numbers = itertools.count()


def message() -> bytes:
    """Some 4 KB."""
    head = f"From: a@x.test\r\nTo: b@y.test\r\nSubject: number {next(_numbers)}\r\nMessage-ID: <{next(_numbers)}@x.test>\r\n\r\n"
    return (head + ("some words here and there " * 3 + "\r\n") * 50).encode()


def delivery() -> Delivery:
    """One that was not made before."""
    return Delivery(DeliveryId(b"%016d" % next(_numbers)), TraceId(b"t" * 16), Content(message()), 1.0)


async def measure(store: AccountStore) -> dict[str, float]:
    """Seconds for each piece of work."""
    for account in ACCOUNTS:
        await store.create(account, "person", [])
    alice = ACCOUNTS[0]
    inbox = (await store.mailboxes(alice))[0].id
    change = FlagChange(FlagOperation.ADD, 1), FlagChange(FlagOperation.REMOVE, 1)

    async def deliver(account: AccountId, count: int) -> None:
        for _ in range(count):
            await store.deliver(account, delivery())

    async def deliver_at_once() -> None:
        await asyncio.gather(*(deliver(account, 60) for account in ACCOUNTS))

    async def store_one_by_one() -> None:
        for uid in range(1, 401):
            await store.store_flags(alice, inbox, [uid], change[0])

    async def store_many() -> None:
        for number in range(10):
            await store.store_flags(alice, inbox, range(1, 1_001), change[number % 2])

    async def fetch(*columns: str) -> None:
        uids, start = list(range(1, (await store.mailbox(alice, inbox)).uid_next)), 0
        while start < len(uids):
            start = (await store.fetch(alice, inbox, uids, columns, start)).next_index

    async def look() -> None:
        for _ in range(500):
            await store.mailbox(alice, inbox)

    async def copy() -> None:
        await store.copy(alice, inbox, range(1, 1_001), inbox)

    async def expunge() -> None:
        await store.expunge(alice, inbox, range(1, 1_001), forced=True)

    await deliver(alice, 50)
    await store.append(alice, inbox, [Append(Content(message()), 1.0) for _ in range(1_000)])
    work: dict[str, Callable[[], Awaitable[None]]] = {
        "deliver 400, one account": lambda: deliver(alice, 400),
        "deliver 960, 16 accounts at once": deliver_at_once,
        "flags of 400, one by one": store_one_by_one,
        "flags of 1,000, ten times": store_many,
        "fetch flags, sizes, dates": lambda: fetch("flags", "size", "received_at"),
        "fetch envelopes and structures": lambda: fetch("list.envelope", "list.body_structure"),
        "fetch bodies": lambda: fetch("octets"),
        "look at a mailbox, 500 times": look,
        "copy 1,000": copy,
        "expunge 1,000": expunge,
    }
    seconds = {}
    for name, done in work.items():
        begun = time.perf_counter()
        await done()
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
