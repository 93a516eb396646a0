"""Each invariant is broken in turn, and named."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from tests.support.account_stores import ALICE, PROJECTIONS, box, delivery, fill, message
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.invariants import statements
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.sql.sqlite.accounts.upkeep import invariants
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.ids import AccountId, QueueId, TraceId, make_id, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Outbound
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation, SpecialUse
from posthouse.model.sharing.rights import Grant

BOB = AccountId(b"bob-bob-bob-bob-")


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[SqliteAccountStore]:
    places = Places(folder / "accounts", folder / "marks")
    store = SqliteAccountStore(places, 1, PROJECTIONS, Hub(), (clock or FakeClock(), SystemEntropy()))
    try:
        yield store
    finally:
        await asyncio.to_thread(store.stop)


def directory(folder: Path) -> Path:
    return folder / "accounts" / to_text(ALICE)[-2:] / to_text(ALICE)


async def whats(folder: Path, clock: FakeClock | None = None) -> set[str]:
    """What is found to be wrong."""
    async with opened(folder, clock) as store:
        faults = await store.verify(ALICE)
    assert all(fault.where for fault in faults)
    return {fault.what for fault in faults}


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """An account that has some of everything, closed."""
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    file = await spool.create()
    await file.write(message("large") + b"x" * 100_000)
    large = await file.finish()
    async with opened(tmp_path) as store:
        await store.create(ALICE, "person", [("Sent", SpecialUse.SENT)])
        inbox, sent = await fill(store, 4), (await box(store, "Sent")).id
        await store.append(ALICE, inbox, [Append(Content(large), 1.0)])
        consequence = Outbound(QueueId(b"q" * 16), "a@x", ("b@y",), Content(message()), TraceId(b"t" * 16))
        await store.deliver(ALICE, delivery(message(), consequences=(consequence,)))
        await store.store_flags(ALICE, inbox, [2, 3], FlagChange(FlagOperation.ADD, int(Flag.SEEN), ("$a", "$b")), viewer=BOB)
        await store.copy(ALICE, inbox, [1, 2], sent)
        await store.expunge(ALICE, inbox, [4], forced=True)
        await store.put_grant(ALICE, sent, Grant("anyone", 3))
        await store.annotate(ALICE, sent, {"/shared/comment": b"ours"})
    spool.stop()
    return tmp_path


async def test_a_whole_account_has_no_faults(folder: Path) -> None:
    assert await whats(folder) == set()


DAMAGES = [
    ("UPDATE mailbox SET messages = messages + 1", "a mailbox's counters differ from its messages"),
    ("UPDATE mailbox SET unseen = unseen - 1 WHERE number = 1", "a mailbox's counters differ from its messages"),
    ("UPDATE mailbox SET deleted = 1 WHERE number = 2", "a mailbox's counters differ from its messages"),
    ("UPDATE mailbox SET size_octets = 0 WHERE number = 2", "a mailbox's counters differ from its messages"),
    ("UPDATE placement SET flags = 1 WHERE uid = 3", "a mailbox's counters differ from its messages"),
    ("UPDATE mailbox SET uid_next = 6 WHERE number = 1", "a UID is not below UIDNEXT"),
    ("UPDATE expunged SET uid = 50", "a UID is not below UIDNEXT"),
    ("UPDATE placement SET uid = 0 WHERE mailbox = 1 AND uid = 1", "a UID is not below UIDNEXT"),
    ("UPDATE expunged SET uid = 1", "a UID is both live and expunged"),
    ("UPDATE placement SET mod_sequence = 900 WHERE uid = 3", "a modification sequence is above its mailbox's"),
    ("UPDATE expunged SET mod_sequence = 900", "a modification sequence is above its mailbox's"),
    ("UPDATE mailbox SET mod_sequence = 900 WHERE number = 2", "a mailbox's modification sequence is above the account's"),
    ("UPDATE mailbox SET horizon = 900 WHERE number = 2", "a mailbox's horizon is above its modification sequence"),
    ("UPDATE mailbox SET uid_validity = 1 << 40 WHERE number = 2", "a mailbox's UIDVALIDITY is above the account's"),
    (
        "UPDATE mailbox SET uid_validity = (SELECT uid_validity FROM account)",
        "two mailboxes have the same UIDVALIDITY",
    ),
    ("UPDATE account SET uid_sequence = 3", "a mailbox has more UIDs than the account has given out"),
    ("UPDATE mailbox SET recent_uid = 9 WHERE number = 1", "the first recent UID is not one of the mailbox's"),
    ("UPDATE mailbox SET special_use = NULL WHERE number = 1", "there is no INBOX"),
    ("UPDATE mailbox SET special_use = 'cellar' WHERE number = 2", "a mailbox has a use that there is not"),
    ("UPDATE mailbox SET name = 'a//b' WHERE number = 2", "a mailbox has a name that none may have"),
    ("UPDATE placement SET mailbox = 7 WHERE uid = 3", "a placement has no mailbox"),
    ("UPDATE placement SET email = 77 WHERE uid = 3", "a placement has no message"),
    ("UPDATE expunged SET email = 77", "a placement has no message"),
    ("UPDATE placement SET flags = 64 WHERE uid = 3", "flags are set that there are not"),
    ("UPDATE placement SET keywords = '$b $a' WHERE uid = 3", "keywords are not sorted"),
    ("UPDATE email SET holders = holders + 1 WHERE number = 1", "a message's holders are miscounted"),
    ("DELETE FROM expunged; UPDATE email SET holders = 0 WHERE number = 4", "a message is held by nobody"),
    ("DELETE FROM body WHERE email = 1", "a message has neither body nor blob, or both"),
    ("UPDATE email SET blob = 'x' WHERE number = 1", "a message has neither body nor blob, or both"),
    ("UPDATE body SET octets = x'' WHERE email = 1", "a body has other octets than were received"),
    ("INSERT INTO body VALUES (99, x'00')", "a body belongs to no message"),
    ("UPDATE email SET size_octets = 5 WHERE number = 1", "a message's size differs from its octets"),
    ("UPDATE email SET pieces = x'c1' WHERE number = 1", "a message cannot be read"),
    ("UPDATE email SET pieces = x'9192ce00ffffffce00ffffff' WHERE number = 1", "a message's size differs from its octets"),
    ("UPDATE email SET blob = 'x' WHERE blob IS NOT NULL", "a message cannot be read"),
    ("UPDATE projection_length SET length = x'' WHERE email = 1", "the projection length is not what the octets say"),
    ("DELETE FROM projection_first_line WHERE email = 1", "the projection first_line is not what the octets say"),
    ("INSERT INTO projection_first_line VALUES (99, x'00')", "a projection belongs to no message"),
    ("UPDATE account SET used_octets = 0", "the quota counts other octets than the messages have"),
    ("UPDATE account SET used_messages = 0", "the quota counts other octets than the messages have"),
    ("INSERT INTO message_id VALUES (5, x'05')", "a Message-ID leads to a thread that does not exist"),
    ("UPDATE viewer_mailbox SET seen = 1 WHERE mailbox = 1", "what a viewer has seen is miscounted"),
    ("UPDATE viewer_seen SET uid = 4 WHERE mailbox = 1 AND uid = 3", "a viewer has seen a message that is not there"),
    ("UPDATE viewer_seen SET mod_sequence = 900", "a viewer's modification sequence is above the mailbox's"),
    ("UPDATE mailbox SET viewers = 0", "a mailbox does not know its viewers"),
    ("DELETE FROM viewer_mailbox", "a mailbox does not know its viewers"),
    ("UPDATE mailbox_grant SET mailbox = 9", "a grant is for no mailbox, or gives no right"),
    ("UPDATE mailbox_grant SET rights = 0", "a grant is for no mailbox, or gives no right"),
    ("UPDATE annotation SET mailbox = 9", "an annotation is on no mailbox"),
    ("UPDATE account SET annotation_octets = 1", "the octets of the annotations are miscounted"),
    ("UPDATE change SET mod_sequence = 900", "a change is above the account's modification sequence"),
    ("UPDATE outbox SET item = x'c1'", "a consequence of a delivery cannot be read"),
    ("UPDATE account SET mod_sequence = 1 << 40", "numbers were given out above the mark's ceilings"),
    (
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE INDEX expunged_at ON expunged (mod_sequence)' WHERE name = 'expunged_at'
        """,
        "the database is damaged",
    ),
]


@pytest.mark.parametrize(("damage", "what"), DAMAGES)
async def test_what_is_broken_is_named(folder: Path, damage: str, what: str) -> None:
    connection = apsw.Connection(str(directory(folder) / "account.db"))
    connection.execute(damage)
    assert connection.total_changes() > 0
    connection.close()
    found = await whats(folder)
    assert what in {each.split(":")[0] for each in found}


async def test_every_invariant_is_broken_by_some_test() -> None:
    named = {what for what, _ in (*statements(list(PROJECTIONS)), invariants._GIVEN_OUT)}
    assert named <= {what for _, what in DAMAGES}


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda blob: blob.unlink(), "a message cannot be read"),
        (lambda blob: blob.write_bytes(b"x"), "a message cannot be read"),
        (lambda blob: blob.write_bytes(blob.read_bytes()[:-1]), "a message cannot be read"),
    ],
)
async def test_damaged_blobs_are_named(folder: Path, damage: Callable[[Path], object], what: str) -> None:
    (blob,) = (directory(folder) / "blobs").iterdir()
    damage(blob)
    assert {each.split(":")[0] for each in await whats(folder)} == {what}


async def test_blobs_that_no_message_names_are_found_once_they_are_settled(folder: Path) -> None:
    clock = FakeClock()
    (directory(folder) / "blobs" / to_text(make_id(int(clock.now() * 1000), b"x" * 10))).write_bytes(b"")
    assert await whats(folder, clock) == set(), "it may belong to a message that is just arriving"
    clock.advance(3_600)
    assert await whats(folder, clock) == {"a blob belongs to no message"}


async def test_a_stray_file_among_the_blobs_is_found(folder: Path) -> None:
    (directory(folder) / "blobs" / "notes.txt").write_bytes(b"")
    assert await whats(folder) == {"a blob belongs to no message"}


async def test_a_mark_that_goes_while_the_account_is_open_is_missed(folder: Path) -> None:
    async with opened(folder) as store:
        await box(store)
        (folder / "marks" / to_text(ALICE)[-2:] / to_text(ALICE)).unlink()
        assert [fault.what for fault in await store.verify(ALICE)] == ["the account's mark is missing or damaged"]


async def test_what_was_damaged_among_the_projections_is_made_good(folder: Path) -> None:
    connection = apsw.Connection(str(directory(folder) / "account.db"))
    connection.execute("UPDATE projection_length SET length = x''; DELETE FROM projection_first_line")
    connection.close()
    async with opened(folder) as store:
        assert (await store.reindex(ALICE)).messages == 6
        assert await store.verify(ALICE) == []


async def test_dead_threads_are_forgotten_with_their_messages(folder: Path) -> None:
    async with opened(folder) as store:
        inbox = (await box(store)).id
        await store.deliver(ALICE, delivery(message(Message_ID="<one@x>")))
        reply = await store.deliver(ALICE, delivery(message(Message_ID="<two@x>", References="<one@x>")))
        await store.expunge(ALICE, inbox, [reply.uid - 1], forced=True)
        await store.purge_expunged(ALICE, 1e12)
        late = await store.deliver(ALICE, delivery(message(References="<one@x>")))
        threads = [r[1] for r in (await store.fetch(ALICE, inbox, [reply.uid, late.uid], ["thread_id"])).rows]
        assert threads[0] == threads[1]
        await store.expunge(ALICE, inbox, [reply.uid, late.uid], forced=True)
        await store.purge_expunged(ALICE, 1e12)
        fresh = await store.deliver(ALICE, delivery(message(References="<one@x>")))
        assert (await store.fetch(ALICE, inbox, [fresh.uid], ["thread_id"])).rows[0][1] != threads[0]
        assert await store.verify(ALICE) == []
