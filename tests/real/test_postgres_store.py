"""What PostgreSQL makes possible or difficult: many processes, round trips, a database that many accounts share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from tests.support.account_stores import ALICE, box, delivery, fill, message
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.postgres import PostgresServer, postgres_store

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.sql.postgres import server
from posthouse.adapters.sql.postgres.accounts.schema import TABLES
from posthouse.adapters.sql.postgres.accounts.store import PostgresAccountStore
from posthouse.foundation.errors import AlreadyExists, NotFound, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation

BOB = AccountId(b"bob-bob-bob-bob-")


@pytest.fixture
async def url(postgres: PostgresServer) -> str:
    return await postgres.create()


@pytest.fixture
async def stores(
    postgres: PostgresServer, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[PostgresAccountStore]]:
    """Three processes, so to say, over one database; they make the schema at the same moment."""
    monkeypatch.setitem(server._SETTINGS, "lock_timeout", "1s")
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(postgres_store(postgres, tmp_path, FakeClock(), url)) for _ in range(3)]
        await asyncio.gather(*(store.create(ALICE, "person", []) for store in made))
        yield made
        assert await made[0].verify(ALICE) == []


@pytest.fixture
async def database(url: str, stores: list[PostgresAccountStore]) -> AsyncIterator[Any]:
    """A connection of somebody who may do anything."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "posthouse"})
    yield connection
    await connection.close()


async def test_uids_ascend_whoever_delivers(stores: list[PostgresAccountStore]) -> None:
    done = await asyncio.gather(*(stores[n % 3].deliver(ALICE, delivery(message())) for n in range(60)))
    assert sorted(item.uid for item in done) == list(range(1, 61))
    page = await stores[1].placements(ALICE, (await box(stores[1])).id)
    assert page.mod_sequences == sorted(set(page.mod_sequences))


async def test_a_delivery_made_by_two_at_once_is_made_once(stores: list[PostgresAccountStore]) -> None:
    item = delivery(message())
    done = await asyncio.gather(*(store.deliver(ALICE, item) for store in stores))
    assert sorted(each.repeated for each in done) == [False, True, True]
    assert {each.uid for each in done} == {1}


async def test_what_is_shown_is_never_followed_by_less(stores: list[PostgresAccountStore]) -> None:
    inbox = (await box(stores[0])).id
    ended = False

    async def deliver() -> None:
        nonlocal ended
        await asyncio.gather(*(stores[n % 2].deliver(ALICE, delivery(message())) for n in range(40)))
        ended = True

    async def watch() -> list[int]:
        seen, since = list[int](), 0
        while not ended or since < (await stores[2].mailbox(ALICE, inbox)).mod_sequence:
            changes = await stores[2].changes(ALICE, inbox, since)
            seen += changes.changed.uids
            since = changes.mod_sequence
        return seen

    _, seen = await asyncio.gather(deliver(), watch())
    assert seen == list(range(1, 41))


@pytest.mark.parametrize(
    ("verb", "trips"), [("deliver", 3), ("append", 3), ("appends", 4), ("flags", 3), ("expunge", 4), ("copy", 6), ("move", 7)]
)
async def test_round_trips(stores: list[PostgresAccountStore], monkeypatch: pytest.MonkeyPatch, verb: str, trips: int) -> None:
    store = stores[0]
    inbox = await fill(store, 4)
    change = FlagChange(FlagOperation.ADD, int(Flag.DELETED), ("$k",))
    verbs: dict[str, Callable[[], Awaitable[object]]] = {
        "deliver": lambda: store.deliver(ALICE, delivery(message())),
        "append": lambda: store.append(ALICE, inbox, [Append(Content(message()), 1.0)]),
        "appends": lambda: store.append(ALICE, inbox, [Append(Content(message()), 1.0)] * 5),
        "flags": lambda: store.store_flags(ALICE, inbox, [1, 3], change),
        "expunge": lambda: store.expunge(ALICE, inbox, [2, 3], forced=True),
        "copy": lambda: store.copy(ALICE, inbox, [1, 4], inbox),
        "move": lambda: store.move(ALICE, inbox, [1, 4], inbox),
    }
    made = 0
    for name in ("execute", "fetch", "fetchrow", "fetchval"):
        plain = getattr(asyncpg.Connection, name)

        async def counted(*arguments: Any, plain: Any = plain, **more: Any) -> Any:
            nonlocal made
            made += 1
            return await plain(*arguments, **more)

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    await verbs[verb]()
    assert made == trips


async def test_accounts_are_apart_and_go_without_a_trace(stores: list[PostgresAccountStore], database: Any, tmp_path: Path) -> None:
    store = stores[0]
    await store.create(BOB, "person", [])
    await fill(store, 3)
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    file = await spool.create()
    await file.write(message("large"))
    await store.deliver(BOB, delivery(message(), consequences=()))
    inbox = (await store.mailboxes(BOB))[0].id
    await store.append(BOB, inbox, [Append(Content(await file.finish()), 1.0)])
    spool.stop()
    assert await store.verify(BOB) == []
    assert (await store.quota(ALICE)).messages == 3
    assert len(list((tmp_path / "accounts").rglob("blobs/*"))) == 1
    await store.destroy(BOB)
    assert list((tmp_path / "accounts").rglob("blobs/*")) == []
    for table in TABLES:
        assert await database.fetchval(f"SELECT count(DISTINCT account) FROM {table}") <= 1
    for other in stores:
        with pytest.raises(NotFound):
            await other.subscriptions(BOB)


async def test_a_mailbox_is_not_renamed_over_what_is_left_of_another(stores: list[PostgresAccountStore]) -> None:
    store = stores[0]
    await store.create_mailbox(ALICE, "new/below")
    await store.delete_mailbox(ALICE, (await box(store, "new")).id)
    old = await store.create_mailbox(ALICE, "old/below")
    with pytest.raises(AlreadyExists):
        await store.rename_mailbox(ALICE, (await box(store, "old")).id, "new")
    assert (await store.mailbox(ALICE, old.id)).name == "old/below"


@pytest.mark.parametrize(
    ("damage", "repair", "what"),
    [
        ("UPDATE mailbox SET unseen = 7", "UPDATE mailbox SET unseen = 3", "a mailbox's counters differ from its messages"),
        ("UPDATE email SET holders = 2", "UPDATE email SET holders = 1", "a message's holders are miscounted"),
        (
            "UPDATE account SET email_sequence = 1",
            "UPDATE account SET email_sequence = 3",
            "a message or mailbox has a number that the account has not given out",
        ),
        (
            "UPDATE projection_length SET length = 'x' WHERE email = 1",
            "UPDATE projection_length p SET length = q.length FROM projection_length q WHERE p.email = 1 AND q.email = 2",
            "the projection length is not what the octets say",
        ),
    ],
)
async def test_what_is_broken_is_named(
    stores: list[PostgresAccountStore], database: Any, damage: str, repair: str, what: str
) -> None:
    await fill(stores[0], 3)
    await database.execute(damage)
    assert what in {fault.what for fault in await stores[0].verify(ALICE)}
    await database.execute(repair)


async def test_an_account_that_is_held_by_others_is_unavailable_and_the_rest_goes_on(
    stores: list[PostgresAccountStore], database: Any
) -> None:
    await stores[0].create(BOB, "person", [])
    async with database.transaction():
        await database.execute("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", ALICE)
        waiting = [asyncio.create_task(stores[0].deliver(ALICE, delivery(message()))) for _ in range(20)]
        await stores[0].deliver(BOB, delivery(message()))
        waiting[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        with pytest.raises(Unavailable):
            await stores[1].deliver(ALICE, delivery(message()))
    await asyncio.gather(*waiting[1:], return_exceptions=True)
    assert (await box(stores[0])).messages >= 18
