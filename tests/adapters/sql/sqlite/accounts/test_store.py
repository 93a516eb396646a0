"""What only accounts on disk can show: owners that are late, and what lies beside the database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.foundation.errors import Fenced, NotFound, OverQuota
from posthouse.foundation.ids import AccountId, DeliveryId, QueueId, TraceId
from posthouse.model.content import Content, Spooled
from posthouse.model.delivery import Append, Delivery
from posthouse.model.mailbox import FlagChange, FlagOperation

ALICE = AccountId(b"alice-alice-alic")
MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


@asynccontextmanager
async def owned(folder: Path, epoch: int = 1) -> AsyncIterator[SqliteAccountStore]:
    store = SqliteAccountStore(Places(folder / "accounts", folder / "marks"), epoch, {}, Hub(), (FakeClock(), CountingEntropy()))
    yield store
    await asyncio.to_thread(store.stop)


async def spooled(folder: Path) -> Spooled:
    spool = FileSpool(folder / "spool", FakeClock(), CountingEntropy())
    file = await spool.create()
    await file.write(MESSAGE + b"x" * 100_000)
    done = await file.finish()
    spool.stop()
    return done


def delivery(number: int, body: bytes | Spooled = MESSAGE) -> Delivery:
    return Delivery(DeliveryId(b"%016d" % number), TraceId(b"t" * 16), Content(body), 5.0)


def blobs(folder: Path) -> list[Path]:
    return list(folder.glob("accounts/*/*/blobs/*"))


async def test_an_owner_that_is_late_can_change_nothing(tmp_path: Path) -> None:
    async with owned(tmp_path, 1) as late:
        await late.create(ALICE, "person", [("Other", None)])
        await late.deliver(ALICE, delivery(1))
        inbox, other = [mailbox.id for mailbox in await late.mailboxes(ALICE)]
        async with owned(tmp_path, 2) as owner:
            await owner.deliver(ALICE, delivery(2))
            before = await owner.mailboxes(ALICE)
            change = FlagChange(FlagOperation.ADD, 1)
            verbs: dict[str, Callable[[], Awaitable[object]]] = {
                "deliver": lambda: late.deliver(ALICE, delivery(3)),
                "append": lambda: late.append(ALICE, inbox, [Append(Content(MESSAGE), 5.0)]),
                "store_flags": lambda: late.store_flags(ALICE, inbox, [1], change),
                "copy": lambda: late.copy(ALICE, inbox, [1], other),
                "move": lambda: late.move(ALICE, inbox, [1], other),
                "expunge": lambda: late.expunge(ALICE, inbox, [1], forced=True),
                "claim_recent": lambda: late.claim_recent(ALICE, inbox),
                "create_mailbox": lambda: late.create_mailbox(ALICE, "New"),
                "rename_mailbox": lambda: late.rename_mailbox(ALICE, other, "New"),
                "delete_mailbox": lambda: late.delete_mailbox(ALICE, other),
                "subscribe": lambda: late.subscribe(ALICE, "Other", False),
                "clear_outbox": lambda: late.clear_outbox(ALICE, [QueueId(b"q" * 16)]),
                "set_quota": lambda: late.set_quota(ALICE, 1),
                "reindex": lambda: late.reindex(ALICE),
                "purge_expunged": lambda: late.purge_expunged(ALICE, 1e12),
            }
            for name, verb in verbs.items():
                with pytest.raises(Fenced):
                    pytest.fail(f"{name} did {await verb()}")
            assert await owner.mailboxes(ALICE) == before
            assert await owner.verify(ALICE) == []


async def test_a_delivery_known_already_is_answered_by_whoever_is_asked(tmp_path: Path) -> None:
    async with owned(tmp_path, 1) as late:
        await late.create(ALICE, "person", [])
        first = await late.deliver(ALICE, delivery(1))
        async with owned(tmp_path, 2) as owner:
            await owner.deliver(ALICE, delivery(2))
            again = await late.deliver(ALICE, delivery(1))
            assert (again.uid, again.repeated) == (first.uid, True)


async def test_a_large_body_that_was_not_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    body = await spooled(tmp_path)
    async with owned(tmp_path) as store:
        await store.create(ALICE, "person", [])
        (inbox,) = await store.mailboxes(ALICE)
        await store.set_quota(ALICE, 50_000)
        with pytest.raises(OverQuota):
            await store.deliver(ALICE, delivery(1, body))
        with pytest.raises(OverQuota):
            await store.append(ALICE, inbox.id, [Append(Content(body), 5.0), Append(Content(body), 5.0)])
        assert blobs(tmp_path) == []
        await store.set_quota(ALICE, 0)
        await store.deliver(ALICE, delivery(1, body))
        await store.deliver(ALICE, delivery(1, body))
        assert len(blobs(tmp_path)) == 1
        assert len(await store.read(ALICE, inbox.id, 1)) == body.size_octets
        await store.expunge(ALICE, inbox.id, [1], forced=True)
        await store.purge_expunged(ALICE, 1e12)
        assert blobs(tmp_path) == []


async def test_a_body_that_is_gone_is_not_delivered(tmp_path: Path) -> None:
    body = await spooled(tmp_path)
    async with owned(tmp_path) as store:
        await store.create(ALICE, "person", [])
        (inbox,) = await store.mailboxes(ALICE)
        missing = Content(Spooled(str(tmp_path / "gone"), 5))
        with pytest.raises(NotFound):
            await store.append(ALICE, inbox.id, [Append(Content(body), 5.0), Append(missing, 5.0)])
        assert blobs(tmp_path) == []
        assert (await store.mailboxes(ALICE))[0].messages == 0
