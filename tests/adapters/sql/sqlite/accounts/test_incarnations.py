"""An older copy of an account that is put back: nothing is said twice under one number, and everybody is told."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.support.account_stores import ALICE, box, delivery, fill, message
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.accounts import noting
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.marks import STEP, Mark
from posthouse.adapters.sql.sqlite.accounts.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation, Mailbox, SpecialUse

BOB = AccountId(b"bob-bob-bob-bob-")
SEEN = FlagChange(FlagOperation.ADD, int(Flag.SEEN))


@asynccontextmanager
async def opened(folder: Path, epoch: int = 1, clock: FakeClock | None = None) -> AsyncIterator[SqliteAccountStore]:
    """A process that owns the accounts."""
    places = Places(folder / "accounts", folder / "marks")
    store = SqliteAccountStore(places, epoch, {}, Hub(), (clock or FakeClock(), SystemEntropy()))
    try:
        yield store
    finally:
        await asyncio.to_thread(store.stop)


def keep(folder: Path) -> None:
    """Copy the accounts, as a backup does."""
    shutil.copytree(folder / "accounts", folder / "copy")


def put_back(folder: Path) -> None:
    """Put the copy where the accounts were."""
    shutil.rmtree(folder / "accounts")
    shutil.copytree(folder / "copy", folder / "accounts")


def mark_of(folder: Path) -> Path:
    return folder / "marks" / to_text(ALICE)[-2:] / to_text(ALICE)


def row(folder: Path, statement: str) -> tuple[Any, ...]:
    """One row of Alice's database, looked at from outside."""
    text = to_text(ALICE)
    connection = apsw.Connection(str(folder / "accounts" / text[-2:] / text / "account.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found: tuple[Any, ...] = connection.execute(statement).fetchone() or ()
        return found
    finally:
        connection.close()


async def begin(folder: Path) -> Mailbox:
    """An account with three messages, of which Bob has seen the second, and a copy of it."""
    async with opened(folder) as store:
        await store.create(ALICE, "person", [("Sent", SpecialUse.SENT)])
        inbox = await fill(store, 3)
        await store.store_flags(ALICE, inbox, [2], SEEN, viewer=BOB)
        await store.claim_recent(ALICE, inbox)
        await store.deliver(ALICE, delivery(message("fourth")))
        before = await box(store)
    keep(folder)
    return before


async def test_an_account_closed_and_opened_again_goes_on_as_it_was(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    async with opened(tmp_path, 2) as store:
        assert await box(store) == before
        await store.deliver(ALICE, delivery(message()))
        assert (await store.placements(ALICE, before.id)).uids == [1, 2, 3, 4, 5]
    assert row(tmp_path, "SELECT incarnation FROM account") == (1,)


async def test_a_copy_of_the_account_as_it_is_goes_on_too(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    put_back(tmp_path)
    async with opened(tmp_path) as store:
        assert await box(store) == before


@pytest.mark.parametrize("first", ["reader", "writer"])
async def test_in_an_older_copy_every_message_is_new(tmp_path: Path, first: str) -> None:
    before = await begin(tmp_path)
    async with opened(tmp_path) as store:
        again = await store.deliver(ALICE, delivery(message("lost")))
        await store.expunge(ALICE, before.id, [1], forced=True)
        last = (await box(store)).mod_sequence
    put_back(tmp_path)
    async with opened(tmp_path, 2) as store:
        if first == "writer":
            await store.subscribe(ALICE, "x", True)
        now = await box(store)
        page = await store.placements(ALICE, now.id)
        assert page.uids[0] > max(again.uid, STEP)
        assert page.uids == list(range(page.uids[0], page.uids[0] + 4))
        assert (now.uid_next, now.messages, now.unseen) == (page.uids[-1] + 1, 4, 4)
        assert now.recent_uid == page.uids[3], "the fourth had been shown to nobody"
        assert (now.uid_validity, now.id, now.name) == (before.uid_validity, before.id, "INBOX")
        assert now.mod_sequence > last
        assert set(page.mod_sequences) == {now.mod_sequence}
        changes = await store.changes(ALICE, now.id, last)
        assert (changes.horizon, changes.changed.uids) == (now.mod_sequence, page.uids)
        subjects = [(await store.read(ALICE, now.id, uid)).split(b"\r\n")[0] for uid in page.uids]
        assert subjects == [b"Subject: number 0", b"Subject: number 1", b"Subject: number 2", b"Subject: fourth"]
        with pytest.raises(NotFound):
            await store.read(ALICE, now.id, 1)
        assert await store.verify(ALICE) == []


async def test_what_belongs_to_a_message_follows_it(tmp_path: Path) -> None:
    item = delivery(message("delivered"))
    async with opened(tmp_path) as store:
        await store.create(ALICE, "person", [("Sent", SpecialUse.SENT)])
        inbox = await fill(store, 3)
        done = await store.deliver(ALICE, item)
        await store.store_flags(ALICE, inbox, [2, 4], SEEN, viewer=BOB)
        await store.store_flags(ALICE, inbox, [3], FlagChange(FlagOperation.ADD, 8, ("$k",)))
        await store.expunge(ALICE, inbox, [1], forced=True)
        ids = [r[1] for r in (await store.fetch(ALICE, inbox, [2, 3, 4], ["email_id"])).rows]
    keep(tmp_path)
    async with opened(tmp_path) as store:
        await store.move(ALICE, inbox, [2, 3, 4], (await box(store, "Sent")).id)
    put_back(tmp_path)
    async with opened(tmp_path, 2) as store:
        page = await store.placements(ALICE, inbox, viewer=BOB)
        assert (page.flags, page.keywords) == ([1, 8, 1], ["", "$k", ""])
        assert (await box(store, viewer=BOB)).unseen == 1
        assert [r[1] for r in (await store.fetch(ALICE, inbox, page.uids, ["email_id"])).rows] == ids
        again = await store.deliver(ALICE, item)
        assert (again.uid, again.repeated, again.email_id) == (page.uids[2], True, done.email_id)
        assert (await store.read(ALICE, inbox, 1)).startswith(b"Subject: number 0"), "what was expunged before is retained"
        await store.store_flags(ALICE, inbox, [page.uids[0]], FlagChange(FlagOperation.REMOVE, 1), viewer=BOB)
        assert (await box(store, viewer=BOB)).unseen == 2
        assert await store.verify(ALICE) == []


async def test_each_copy_put_back_begins_one_more_and_only_once(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    clock = FakeClock()
    seen = [(before.uid_next, before.mod_sequence, 1)]
    for epoch in range(2, 6):
        async with opened(tmp_path, epoch, clock) as store:
            await store.deliver(ALICE, delivery(message()))
        put_back(tmp_path)
        for later in range(2):
            async with opened(tmp_path, epoch, clock) as store:
                now = await box(store)
                numbers = (now.uid_next, now.mod_sequence, int(row(tmp_path, "SELECT incarnation FROM account")[0]))
                if later:
                    assert numbers == seen[-1]
                else:
                    assert all(new > old for new, old in zip(numbers, seen[-1], strict=True))
                    seen.append(numbers)


async def test_a_copy_of_an_earlier_owner_is_older_even_with_the_same_numbers(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    async with opened(tmp_path, 2) as store:
        await store.clear_outbox(ALICE, [])
    put_back(tmp_path)
    async with opened(tmp_path, 1) as store:
        assert (await box(store)).uid_next > before.uid_next
    assert row(tmp_path, "SELECT owner_epoch FROM account") == (2,)


async def test_a_new_owner_is_noted_with_its_first_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "NOTE_SECONDS", 3_600.0)
    before = await begin(tmp_path)
    async with opened(tmp_path, 2) as store:
        await store.store_flags(ALICE, before.id, [1], SEEN)
        changed = await box(store)
        # Whoever kills the process now and puts back the copy finds it older.
        kept = Mark(mark_of(tmp_path)).read()
        assert kept is not None
        assert (kept.known.owner_epoch, kept.known.mod_sequence) == (2, changed.mod_sequence)


async def test_without_its_mark_an_account_gets_new_uid_validities(tmp_path: Path) -> None:
    await begin(tmp_path)
    clock = FakeClock()
    clock.advance(1_000)
    async with opened(tmp_path) as store:
        before = {mailbox.id: mailbox for mailbox in await store.mailboxes(ALICE)}
    mark_of(tmp_path).unlink()
    async with opened(tmp_path, 2, clock) as store:
        after = await store.mailboxes(ALICE)
        assert all(mailbox.uid_validity > max(b.uid_validity for b in before.values()) for mailbox in after)
        assert len({mailbox.uid_validity for mailbox in after}) == 2
        assert (await store.create_mailbox(ALICE, "New")).uid_validity > max(mailbox.uid_validity for mailbox in after)
        assert await store.verify(ALICE) == []
    async with opened(tmp_path, 3, clock) as store:
        assert (await box(store)).uid_validity == after[0].uid_validity


async def test_a_damaged_mark_is_a_lost_one(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    mark_of(tmp_path).write_bytes(b"nonsense")
    async with opened(tmp_path, 2) as store:
        assert (await box(store)).uid_validity > before.uid_validity


async def test_an_account_of_the_first_schema_is_migrated_and_marked(tmp_path: Path) -> None:
    text = to_text(ALICE)
    path = tmp_path / "accounts" / text[-2:] / text / "account.db"
    (path.parent / "blobs").mkdir(parents=True)
    old = apsw.Connection(str(path))
    old.execute("PRAGMA journal_mode=WAL")
    old.execute(MIGRATIONS[0])
    old.execute(
        """
        INSERT INTO account VALUES (1, ?, 'person', 1, 1, 1, 9000, 5, 0, 2, 1);
        INSERT INTO mailbox VALUES (1, ?, 'INBOX', 'inbox', 5, 6001, 9000, 1, 0, 0, 2, 1);
        INSERT INTO email VALUES (1, ?, x'01', 1.0, 2, 2, NULL, NULL, NULL, NULL, 1, 6000, NULL, 1);
        INSERT INTO body VALUES (1, x'0d0a');
        INSERT INTO placement VALUES (1, 6000, 1, 9000, 1, '', 1.0);
        INSERT INTO viewer_seen VALUES (?, 1, 6000, 9000);
        PRAGMA user_version = 1;
        """,
        (ALICE, b"m" * 16, b"e" * 16, BOB),
    )
    old.close()
    async with opened(tmp_path, 2) as store:
        inbox = await box(store)
        assert (inbox.uid_next, inbox.mod_sequence, inbox.uid_validity) == (6_001, 9_000, 5)
        changes = await store.changes(ALICE, inbox.id, 0)
        assert (changes.changed.uids, changes.horizon) == ([6_000], 0)
        assert (await store.append(ALICE, inbox.id, [Append(Content(b"\r\n"), 1.0)])).uids == [6_001]
    keep(tmp_path)
    async with opened(tmp_path, 2) as store:
        await store.append(ALICE, inbox.id, [Append(Content(b"\r\n"), 1.0)])
    put_back(tmp_path)
    async with opened(tmp_path, 2) as store:
        assert (await store.placements(ALICE, inbox.id)).uids[0] > 6_001


async def test_an_account_made_anew_under_its_old_id_begins_above_its_old_numbers(tmp_path: Path) -> None:
    before = await begin(tmp_path)
    shutil.rmtree(tmp_path / "accounts")
    async with opened(tmp_path, 2) as store:
        await store.create(ALICE, "person", [])
        assert (await box(store)).mod_sequence > before.mod_sequence
        assert (await store.deliver(ALICE, delivery(message()))).uid > before.uid_next


async def test_a_destroyed_account_leaves_no_mark(tmp_path: Path) -> None:
    await begin(tmp_path)
    async with opened(tmp_path, 2) as store:
        await store.destroy(ALICE)
    assert not mark_of(tmp_path).exists()


async def test_open_accounts_are_noted_while_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "NOTE_SECONDS", 0.01)
    before = await begin(tmp_path)
    async with opened(tmp_path, 1) as store:
        await store.store_flags(ALICE, before.id, [1], SEEN)
        account = store._files.get(ALICE)
        while True:
            kept = account.mark.read()
            assert kept is not None
            if kept.known.mod_sequence == (await box(store)).mod_sequence:
                break
            await asyncio.sleep(0.01)
        assert kept.known.mod_sequence > before.mod_sequence


async def test_changes_wait_for_the_disk_no_more_often_than_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as store:
        await store.create(ALICE, "person", [])
        inbox = await fill(store, 10)
        syncs: list[int] = []
        monkeypatch.setattr("os.fdatasync", syncs.append)
        monkeypatch.setattr("os.fsync", syncs.append)
        for number in range(100):
            await store.deliver(ALICE, delivery(message()))
            await store.store_flags(ALICE, inbox, [number % 10 + 1], FlagChange(FlagOperation.REPLACE, number % 32))
        assert syncs == []


CHILD = """
import asyncio, sys
from pathlib import Path
from tests.adapters.sql.sqlite.accounts.test_incarnations import SEEN, opened
from tests.support.account_stores import ALICE, message
from posthouse.adapters.sql.sqlite.accounts import noting
from posthouse.model.content import Content
from posthouse.model.delivery import Append

async def main():
    noting.NOTE_SECONDS = 0.01
    async with opened(Path(sys.argv[1]), 2) as store:
        inbox = (await store.mailboxes(ALICE))[0].id
        for _ in range(20):
            placed = await store.append(ALICE, inbox, [Append(Content(message()), 1.0)])
        await store.expunge(ALICE, inbox, [1, 2], forced=True)
        await asyncio.sleep(0.3)
        print(placed.uids[0], (await store.mailboxes(ALICE))[0].mod_sequence, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("goes_back", [False, True])
async def test_a_killed_process_is_no_older_copy_but_an_older_copy_is(tmp_path: Path, goes_back: bool) -> None:
    before = await begin(tmp_path)
    root = Path(__file__).parents[5]
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    child = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    uid, mod_sequence = map(int, (await child.stdout.readline()).split())
    child.kill()
    await child.wait()
    assert uid == before.uid_next + 19
    if goes_back:
        put_back(tmp_path)
    async with opened(tmp_path, 3) as store:
        inbox = await box(store)
        page = await store.placements(ALICE, inbox.id)
        if goes_back:
            assert (inbox.messages, page.uids[0] > uid, inbox.mod_sequence > mod_sequence) == (4, True, True)
        else:
            assert (inbox.messages, page.uids[0], inbox.mod_sequence) == (22, 3, mod_sequence)
        assert await store.verify(ALICE) == []


async def test_a_large_body_that_the_copy_has_not_is_named_and_nothing_falls_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.create(ALICE, "person", [])
        inbox = await fill(store, 1)
        spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
        file = await spool.create()
        await file.write(message("large") + b"x" * 100_000)
        await store.append(ALICE, inbox, [Append(Content(await file.finish()), 1.0)])
        spool.stop()
    keep(tmp_path)
    for blob in (tmp_path / "copy").glob("*/*/blobs/*"):
        blob.unlink()
    async with opened(tmp_path, 2) as store:
        await store.deliver(ALICE, delivery(message()))
    put_back(tmp_path)
    async with opened(tmp_path, 2) as store:
        page = await store.placements(ALICE, inbox)
        assert [fault.what.split(":")[0] for fault in await store.verify(ALICE)] == ["a message cannot be read"]
        with pytest.raises(NotFound):
            await store.read(ALICE, inbox, page.uids[1])
        assert (await store.read(ALICE, inbox, page.uids[0])).startswith(b"Subject: number 0")
        assert (await store.reindex(ALICE)).messages == 2
