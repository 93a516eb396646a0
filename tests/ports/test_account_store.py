"""What every account store must do, whatever stands behind it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.account_stores import ALICE, box, delivery, fill, message
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.foundation.errors import AlreadyExists, Invalid, NotFound, OverQuota, Refused
from posthouse.foundation.ids import AccountId, DeliveryId, MailboxId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivery, Outbound
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation, SpecialUse
from posthouse.model.quota import MAILBOXES, Quota
from posthouse.ports.account_store import AccountStore

NOBODY = AccountId(b"nobody-nobody-no")


@pytest.fixture
def store(accounts: AccountStore) -> AccountStore:
    return accounts


@pytest.fixture
def clock(account_clock: FakeClock) -> FakeClock:
    return account_clock


# making accounts and mailboxes


async def test_an_account_begins_with_its_mailboxes_subscribed(store: AccountStore) -> None:
    mailboxes = await store.mailboxes(ALICE)
    assert [(m.name, m.special_use, m.uid_next, m.messages) for m in mailboxes] == [
        ("INBOX", SpecialUse.INBOX, 1, 0),
        ("Junk", SpecialUse.JUNK, 1, 0),
        ("Sent", SpecialUse.SENT, 1, 0),
    ]
    assert await store.subscriptions(ALICE) == ["INBOX", "Junk", "Sent"]
    assert len({m.uid_validity for m in mailboxes}) == 3


async def test_making_an_account_again_changes_nothing(store: AccountStore) -> None:
    before = await store.mailboxes(ALICE)
    await store.create(ALICE, "person", [("Other", None)])
    assert await store.mailboxes(ALICE) == before


async def test_an_unknown_account_or_mailbox_is_not_found(store: AccountStore) -> None:
    with pytest.raises(NotFound):
        await store.mailboxes(NOBODY)
    with pytest.raises(NotFound):
        await store.deliver(NOBODY, delivery(message()))
    with pytest.raises(NotFound):
        await store.placements(ALICE, MailboxId(b"x" * 16))
    with pytest.raises(NotFound):
        await store.append(ALICE, MailboxId(b"x" * 16), [Append(Content(message()), 1.0)])


async def test_a_destroyed_account_is_gone(store: AccountStore) -> None:
    await store.create(NOBODY, "person", [])
    await store.destroy(NOBODY)
    with pytest.raises(NotFound):
        await store.mailboxes(NOBODY)


async def test_levels_above_a_mailbox_are_made_with_it(store: AccountStore) -> None:
    made = await store.create_mailbox(ALICE, "Projects/2026/会议")
    assert made.name == "Projects/2026/会议"
    names = [m.name for m in await store.mailboxes(ALICE)]
    assert names == ["INBOX", "Junk", "Projects", "Projects/2026", "Projects/2026/会议", "Sent"]


@pytest.mark.parametrize("name", ["", "a//b", "/a", "a/", "a\x00b", "a\nb", "x" * 1_001, "/".join("abc" * 20)])
async def test_names_no_mailbox_may_have(store: AccountStore, name: str) -> None:
    with pytest.raises(Invalid):
        await store.create_mailbox(ALICE, name)


async def test_a_name_and_a_special_use_are_taken_once(store: AccountStore) -> None:
    with pytest.raises(AlreadyExists):
        await store.create_mailbox(ALICE, "Sent")
    with pytest.raises(AlreadyExists):
        await store.create_mailbox(ALICE, "inbox")
    with pytest.raises(AlreadyExists):
        await store.create_mailbox(ALICE, "Spam", SpecialUse.JUNK)


async def test_renaming_takes_everything_below_along(store: AccountStore) -> None:
    await store.create_mailbox(ALICE, "a/b/c")
    await store.create_mailbox(ALICE, "ab")
    await store.rename_mailbox(ALICE, (await box(store, "a")).id, "x/y")
    assert [m.name for m in await store.mailboxes(ALICE)] == ["INBOX", "Junk", "Sent", "ab", "x", "x/y", "x/y/b", "x/y/b/c"]
    with pytest.raises(Invalid):
        await store.rename_mailbox(ALICE, (await box(store, "x")).id, "x/z")
    with pytest.raises(AlreadyExists):
        await store.rename_mailbox(ALICE, (await box(store, "x")).id, "ab")


async def test_renaming_inbox_moves_its_messages_and_leaves_it_empty(store: AccountStore) -> None:
    inbox = await fill(store, 3)
    await store.rename_mailbox(ALICE, inbox, "Old")
    assert (await box(store)).messages == 0
    assert (await box(store)).id == inbox
    old = await box(store, "Old")
    assert (old.messages, old.uid_next) == (3, 4)


async def test_a_deleted_mailbox_is_gone_and_its_name_gets_a_higher_uid_validity(store: AccountStore, clock: FakeClock) -> None:
    first = await store.create_mailbox(ALICE, "Temp/Sub")
    await store.append(ALICE, first.id, [Append(Content(message()), 1.0)])
    await store.delete_mailbox(ALICE, (await box(store, "Temp")).id)
    await store.delete_mailbox(ALICE, first.id)
    clock.advance(-100)
    again = await store.create_mailbox(ALICE, "Temp/Sub")
    assert again.uid_validity > first.uid_validity
    assert again.id != first.id
    with pytest.raises(Invalid):
        await store.delete_mailbox(ALICE, (await box(store)).id)


async def test_a_special_use_is_given_and_taken_back(store: AccountStore) -> None:
    made = await store.create_mailbox(ALICE, "Old mail")
    await store.set_special_use(ALICE, made.id, SpecialUse.ARCHIVE)
    await store.set_special_use(ALICE, made.id, SpecialUse.ARCHIVE)
    with pytest.raises(AlreadyExists):
        await store.set_special_use(ALICE, made.id, SpecialUse.JUNK)
    await store.set_special_use(ALICE, (await box(store, "Junk")).id, None)
    await store.set_special_use(ALICE, made.id, SpecialUse.JUNK)
    assert (await store.mailbox(ALICE, made.id)).special_use is SpecialUse.JUNK
    for mailbox, use in ((made.id, SpecialUse.INBOX), ((await box(store)).id, None), ((await box(store)).id, SpecialUse.ALL)):
        with pytest.raises(Invalid):
            await store.set_special_use(ALICE, mailbox, use)
    done = await store.deliver(ALICE, delivery(message(), special_use=SpecialUse.JUNK))
    assert done.mailbox_id == made.id


async def test_subscriptions_are_names_of_their_own(store: AccountStore) -> None:
    await store.subscribe(ALICE, "Not/There", True)
    await store.subscribe(ALICE, "Sent", False)
    assert await store.subscriptions(ALICE) == ["INBOX", "Junk", "Not/There"]
    assert not (await box(store, "Sent")).subscribed


# messages in


async def test_a_delivery_is_placed_once(store: AccountStore) -> None:
    item = delivery(message("first"), record=b'{"verdict":"clean"}')
    done = await store.deliver(ALICE, item)
    again = await store.deliver(ALICE, item)
    assert (done.uid, done.repeated) == (1, False)
    assert (again.uid, again.email_id, again.mailbox_id, again.repeated) == (1, done.email_id, done.mailbox_id, True)
    inbox = await box(store)
    assert (inbox.messages, inbox.unseen, inbox.uid_next) == (1, 1, 2)
    rows = (await store.fetch(ALICE, inbox.id, [1], ["email_id", "trace_id", "record", "received_at"])).rows
    assert rows == [(1, done.email_id, item.trace_id, b'{"verdict":"clean"}', 1_700_000_000.5)]


async def test_a_delivery_finds_its_special_mailbox_or_the_inbox(store: AccountStore) -> None:
    await store.deliver(ALICE, delivery(message(), special_use=SpecialUse.JUNK, flags=int(Flag.SEEN)))
    await store.deliver(ALICE, delivery(message(), special_use=SpecialUse.ARCHIVE))
    assert ((await box(store, "Junk")).messages, (await box(store, "Junk")).unseen) == (1, 0)
    assert (await box(store)).messages == 1


async def test_pieces_are_what_is_shown_and_the_received_octets_stay(store: AccountStore) -> None:
    octets = message("shown")
    content = Content(octets).with_prefix(b"Return-Path: <a@b>\r\n")
    await store.deliver(ALICE, Delivery(DeliveryId(b"d" * 16), TraceId(b"t" * 16), content, 1.0))
    inbox = await box(store)
    shown = b"Return-Path: <a@b>\r\n" + octets
    assert await store.read(ALICE, inbox.id, 1) == shown
    assert await store.read(ALICE, inbox.id, 1, 5, 30) == shown[5:35]
    assert await store.read(ALICE, inbox.id, 1, len(shown), 10) == b""
    rows = (await store.fetch(ALICE, inbox.id, [1], ["size", "octets", "first_line", "length"])).rows
    assert rows == [(1, len(shown), shown, b"Return-Path: <a@b>", str(len(shown)).encode())]
    assert inbox.size_octets == len(shown)


async def test_a_spooled_body_is_kept_when_the_spool_forgets_it(store: AccountStore, tmp_path: Path, clock: FakeClock) -> None:
    spool = FileSpool(tmp_path / "spool", clock, CountingEntropy())
    file = await spool.create()
    octets = message("large") + bytes(range(256)) * 1_200 + b"\r\n"
    for start in range(0, len(octets), 50_000):
        await file.write(octets[start : start + 50_000])
    spooled = await file.finish()
    content = Content(spooled).with_prefix(b"X: y\r\n")
    await store.deliver(ALICE, Delivery(DeliveryId(b"d" * 16), TraceId(b"t" * 16), content, 1.0))
    await file.discard()
    spool.stop()
    inbox = await box(store)
    assert await store.read(ALICE, inbox.id, 1) == b"X: y\r\n" + octets
    assert await store.read(ALICE, inbox.id, 1, 200_000, 70_000) == (b"X: y\r\n" + octets)[200_000:270_000]
    assert (await store.fetch(ALICE, inbox.id, [1], ["octets", "length"])).rows == [(1, None, str(len(octets) + 6).encode())]


async def test_appends_come_all_or_not_at_all(store: AccountStore) -> None:
    inbox = await fill(store, 2)
    placed = await store.append(
        ALICE, inbox, [Append(Content(message()), 5.0, int(Flag.SEEN | Flag.DRAFT), ("$b", "$a")), Append(Content(message()), 6.0)]
    )
    assert placed.uids == [3, 4]
    assert placed.uid_validity == (await box(store)).uid_validity
    page = await store.placements(ALICE, inbox, 2)
    assert (page.uids, page.flags, page.keywords) == ([3, 4], [17, 0], ["$a $b", ""])
    await store.set_quota(ALICE, 300)
    with pytest.raises(OverQuota):
        await store.append(ALICE, inbox, [Append(Content(b"\r\n"), 1.0), Append(Content(message("x" * 500)), 1.0)])
    assert (await box(store)).messages == 4


async def test_the_quota_counts_live_messages_only(store: AccountStore) -> None:
    inbox = await fill(store, 2)
    await store.set_quota(ALICE, (await box(store)).size_octets)
    with pytest.raises(OverQuota):
        await store.deliver(ALICE, delivery(message()))
    with pytest.raises(OverQuota):
        await store.copy(ALICE, inbox, [1], (await box(store, "Sent")).id)
    await store.expunge(ALICE, inbox, [1, 2], forced=True)
    await store.deliver(ALICE, delivery(message()))
    await store.set_quota(ALICE, 0)
    await store.deliver(ALICE, delivery(message("x" * 1_000)))


async def test_a_mailbox_goes_on_with_numbers_from_elsewhere(store: AccountStore) -> None:
    inbox, sent = await box(store), await box(store, "Sent")
    await store.number_mailbox(ALICE, inbox.id, 77, 5)
    assert ((await box(store)).uid_validity, (await box(store)).uid_next) == (77, 5)
    assert (await store.append(ALICE, inbox.id, [Append(Content(message()), 5.0)])).uids == [5]
    await store.number_mailbox(ALICE, inbox.id, 77, 4_000_000_000)
    assert (await box(store)).mod_sequence > inbox.mod_sequence
    await store.deliver(ALICE, delivery(message()))
    assert (await store.placements(ALICE, inbox.id)).uids == [5, 4_000_000_000]
    later = await store.create_mailbox(ALICE, "Later")
    await store.number_mailbox(ALICE, sent.id, later.uid_validity, 1)
    changed = await store.mailbox(ALICE, later.id)
    assert changed.uid_validity not in (later.uid_validity, 77, sent.uid_validity)
    assert (await store.create_mailbox(ALICE, "Last")).uid_validity > changed.uid_validity
    for validity, uid_next, error in ((78, 4_000_000_001, Refused), (77, 5, Invalid), (0, 1, Invalid), (2**32, 1, Invalid)):
        with pytest.raises(error):
            await store.number_mailbox(ALICE, inbox.id, validity, uid_next)
    with pytest.raises(AlreadyExists):
        await store.number_mailbox(ALICE, sent.id, 77, 1)
    with pytest.raises(NotFound):
        await store.number_mailbox(ALICE, MailboxId(b"nothing".ljust(16)), 1, 1)
    assert await store.verify(ALICE) == []


async def test_a_letter_of_the_house_goes_into_a_full_mailbox_and_counts(store: AccountStore) -> None:
    await fill(store, 2)
    size_octets = (await box(store)).size_octets
    await store.set_quota(ALICE, size_octets, 2)
    letter = msgspec.structs.replace(delivery(b"\r\n"), over_quota=True)
    assert not (await store.deliver(ALICE, letter)).repeated
    assert (await store.deliver(ALICE, letter)).repeated
    used = await store.quota(ALICE)
    assert (used.octets, used.messages) == (size_octets + 2, 3)
    with pytest.raises(OverQuota):
        await store.deliver(ALICE, delivery(b"\r\n"))


async def test_the_quota_counts_messages_too_and_tells_what_is_used(store: AccountStore) -> None:
    inbox = await fill(store, 2)
    used = (await box(store)).size_octets
    await store.set_quota(ALICE, 10_000, 3)
    assert await store.quota(ALICE) == Quota(used, 10_000, 2, 3, 3, MAILBOXES)
    with pytest.raises(OverQuota, match="2 of 3 messages"):
        await store.copy(ALICE, inbox, [1, 2], inbox)
    await store.deliver(ALICE, delivery(b"\r\n"))
    with pytest.raises(OverQuota, match="3 of 3 messages"):
        await store.deliver(ALICE, delivery(b"\r\n"))
    await store.move(ALICE, inbox, [1, 2], (await box(store, "Sent")).id)
    await store.set_quota(ALICE, 1, 1)
    with pytest.raises(OverQuota, match=f"{used + 2} of 1 octets"):
        await store.deliver(ALICE, delivery(b"\r\n"))
    await store.set_quota(ALICE, 0)
    assert (await store.quota(ALICE)).messages_limit == 0
    await store.deliver(ALICE, delivery(message()))


async def test_a_message_is_replaced_in_one_step(store: AccountStore) -> None:
    inbox = await fill(store, 3)
    sent = (await box(store, "Sent")).id
    since = (await box(store)).mod_sequence
    placed = await store.replace(ALICE, inbox, 2, sent, Append(Content(message("new")), 9.0, int(Flag.DRAFT), ("$k",)))
    assert (placed.uids, placed.source_uids, placed.uid_validity) == ([1], [2], (await box(store, "Sent")).uid_validity)
    page = await store.placements(ALICE, sent)
    assert (page.uids, page.flags, page.keywords, page.mod_sequences) == ([1], [16], ["$k"], [placed.mod_sequence])
    changes = await store.changes(ALICE, inbox, since)
    assert (changes.expunged, changes.changed.uids, changes.mod_sequence) == ([2], [], placed.mod_sequence)
    within = await store.replace(ALICE, inbox, 1, inbox, Append(Content(message("again")), 9.0))
    assert within.uids == [4]
    assert (await store.placements(ALICE, inbox)).uids == [3, 4]
    for uid in (2, 99):
        with pytest.raises(NotFound):
            await store.replace(ALICE, inbox, uid, inbox, Append(Content(message()), 9.0))
    assert (await box(store)).uid_next == 5


async def test_replacing_is_charged_for_the_difference(store: AccountStore) -> None:
    inbox = (await box(store)).id
    await store.append(ALICE, inbox, [Append(Content(b"x" * 500), 1.0)])
    await store.set_quota(ALICE, 600, 1)
    with pytest.raises(OverQuota):
        await store.replace(ALICE, inbox, 1, inbox, Append(Content(b"x" * 601), 1.0))
    await store.replace(ALICE, inbox, 1, inbox, Append(Content(b"x" * 600), 1.0))
    await store.set_quota(ALICE, 10, 1)
    await store.replace(ALICE, inbox, 2, inbox, Append(Content(b"x" * 550), 1.0))
    assert (await store.quota(ALICE)).octets == 550


async def test_threads_follow_references_in_any_order(store: AccountStore) -> None:
    inbox = (await box(store)).id
    items = [
        message("a", Message_ID="<a@x>"),
        message("Re: a", Message_ID="<b@x>", References="<a@x>"),
        message("Re: Re: a", Message_ID="<d@x>", References="<c@x> <b@x>"),
        message("late", Message_ID="<c@x>"),
        message("other", Message_ID="<z@x>"),
    ]
    for item in items:
        await store.deliver(ALICE, delivery(item))
    threads = [row[1] for row in (await store.fetch(ALICE, inbox, [1, 2, 3, 4, 5], ["thread_id"])).rows]
    assert len(set(threads[:4])) == 1
    assert threads[4] != threads[0]


async def test_the_outbox_keeps_consequences_until_they_are_queued(store: AccountStore) -> None:
    item = Outbound(QueueId(b"q" * 16), "a@example.test", ("b@example.net",), Content(message()), TraceId(b"t" * 16))
    await store.deliver(ALICE, delivery(message(), consequences=(item,)))
    assert await store.outbox(ALICE) == [item]
    await store.clear_outbox(ALICE, [item.id])
    assert await store.outbox(ALICE) == []


# flags


@pytest.mark.parametrize(
    ("operation", "flags", "keywords", "expected"),
    [
        (FlagOperation.ADD, 1, ("$k",), [(1, 1, "$k"), (2, 3, "$k $x")]),
        (FlagOperation.REMOVE, 2, ("$x",), [(2, 0, "")]),
        (FlagOperation.REPLACE, 4, (), [(1, 4, ""), (2, 4, "")]),
        (FlagOperation.ADD, 0, (), []),
    ],
)
async def test_flags_change_only_where_they_differ(
    store: AccountStore, operation: FlagOperation, flags: int, keywords: tuple[str, ...], expected: list[tuple[int, int, str]]
) -> None:
    inbox = (await box(store)).id
    await store.append(ALICE, inbox, [Append(Content(message()), 1.0), Append(Content(message()), 1.0, 2, ("$x",))])
    before = (await box(store)).mod_sequence
    stored = (await store.store_flags(ALICE, inbox, [1, 2, 9], FlagChange(operation, flags, keywords))).stored
    assert list(zip(stored.uids, stored.flags, stored.keywords, strict=True)) == expected
    assert all(number > before for number in stored.mod_sequences)
    page = await store.placements(ALICE, inbox)
    held = {uid: (uid, bits, words) for uid, bits, words in zip(page.uids, page.flags, page.keywords, strict=True)}
    assert all(held[row[0]] == row for row in expected)


async def test_unchanged_since_leaves_newer_messages_alone(store: AccountStore) -> None:
    inbox = await fill(store, 3)
    base = (await box(store)).mod_sequence
    await store.store_flags(ALICE, inbox, [2], FlagChange(FlagOperation.ADD, 1))
    result = await store.store_flags(ALICE, inbox, [1, 2, 3], FlagChange(FlagOperation.ADD, 4, unchanged_since=base))
    assert result.stored.uids == [1, 3]
    assert result.modified == [2]


async def test_replacing_flags_leaves_what_is_preserved(store: AccountStore) -> None:
    inbox = (await box(store)).id
    await store.append(ALICE, inbox, [Append(Content(message()), 1.0, 1 | 8, ("$x",)), Append(Content(message()), 1.0, 2)])
    change = FlagChange(FlagOperation.REPLACE, 4 | 8, ("$y",), preserved=8, preserves_keywords=True)
    stored = (await store.store_flags(ALICE, inbox, [1, 2], change)).stored
    assert (stored.flags, stored.keywords) == ([4 | 8, 4], ["$x", ""])
    assert (await store.store_flags(ALICE, inbox, [1, 2], change)).stored.uids == []


async def test_counters_follow_flags(store: AccountStore) -> None:
    inbox = await fill(store, 5)
    await store.store_flags(ALICE, inbox, [1, 2], FlagChange(FlagOperation.ADD, int(Flag.SEEN | Flag.DELETED)))
    await store.store_flags(ALICE, inbox, [2], FlagChange(FlagOperation.REPLACE, 0))
    now = await box(store)
    assert (now.messages, now.unseen, now.deleted) == (5, 4, 1)


# copy, move, expunge


async def test_a_copy_is_a_second_placement_of_the_same_message(store: AccountStore) -> None:
    inbox = await fill(store, 4)
    await store.store_flags(ALICE, inbox, [2], FlagChange(FlagOperation.ADD, 1, ("$k",)))
    sent = (await box(store, "Sent")).id
    placed = await store.copy(ALICE, inbox, [2, 4, 7], sent)
    assert (placed.source_uids, placed.uids) == ([2, 4], [1, 2])
    page = await store.placements(ALICE, sent)
    assert (page.flags, page.keywords) == ([1, 0], ["$k", ""])
    ids = [(await store.fetch(ALICE, where, [uid], ["email_id"])).rows[0][1] for where, uid in ((inbox, 2), (sent, 1))]
    assert ids[0] == ids[1]
    again = await store.copy(ALICE, inbox, [2], inbox)
    assert again.uids == [5]
    assert (await store.copy(ALICE, inbox, [99], sent)).uids == []


async def test_a_move_is_a_copy_and_an_expunge_at_once(store: AccountStore) -> None:
    inbox = await fill(store, 3)
    since = (await box(store)).mod_sequence
    sent = (await box(store, "Sent")).id
    placed = await store.move(ALICE, inbox, [1, 3], sent)
    assert (placed.source_uids, placed.uids) == ([1, 3], [1, 2])
    assert (await store.placements(ALICE, inbox)).uids == [2]
    assert (await store.changes(ALICE, inbox, since)).expunged == [1, 3]
    assert ((await box(store)).messages, (await box(store, "Sent")).messages) == (1, 2)
    within = await store.move(ALICE, inbox, [2], inbox)
    assert (within.uids, (await store.placements(ALICE, inbox)).uids) == ([4], [4])


async def test_expunge_takes_deleted_messages_and_keeps_their_octets(store: AccountStore, clock: FakeClock) -> None:
    inbox = await fill(store, 4)
    await store.store_flags(ALICE, inbox, [1, 2, 3], FlagChange(FlagOperation.ADD, int(Flag.DELETED)))
    assert await store.expunge(ALICE, inbox, [2, 3, 4]) == [2, 3]
    assert await store.expunge(ALICE, inbox) == [1]
    assert await store.expunge(ALICE, inbox) == []
    assert (await store.read(ALICE, inbox, 2)).startswith(b"Subject: number 1")
    assert [row[0] for row in (await store.fetch(ALICE, inbox, [1, 2, 3, 4], ["size"])).rows] == [1, 2, 3, 4]
    clock.advance(100)
    assert await store.purge_expunged(ALICE, clock.now() - 50) == 3
    with pytest.raises(NotFound):
        await store.read(ALICE, inbox, 2)
    assert [row[0] for row in (await store.fetch(ALICE, inbox, [1, 2, 3, 4], ["size"])).rows] == [4]


async def test_a_message_lives_while_any_placement_does(store: AccountStore, clock: FakeClock) -> None:
    inbox = await fill(store, 1)
    sent = (await box(store, "Sent")).id
    await store.copy(ALICE, inbox, [1], sent)
    await store.expunge(ALICE, inbox, [1], forced=True)
    clock.advance(100)
    await store.purge_expunged(ALICE, clock.now())
    assert (await store.read(ALICE, sent, 1)).startswith(b"Subject: number 0")


async def test_recent_is_claimed_once(store: AccountStore) -> None:
    inbox = await fill(store, 2)
    assert await store.claim_recent(ALICE, inbox) == 1
    assert await store.claim_recent(ALICE, inbox) == 3
    await fill(store, 1)
    assert (await box(store)).recent_uid == 3
    assert await store.claim_recent(ALICE, inbox) == 3


# looking


async def test_pages_of_placements_join_up(store: AccountStore) -> None:
    inbox = (await box(store)).id
    for _ in range(5):
        await store.append(ALICE, inbox, [Append(Content(b"\r\n"), 1.0) for _ in range(500)])
    found: list[int] = []
    more = True
    while more:
        page = await store.placements(ALICE, inbox, found[-1] if found else 0)
        assert len(page.uids) <= 1_000
        found += page.uids
        more = page.more
    assert found == list(range(1, 2_501))
    uids = [uid for uid in found if uid % 3]
    rows: list[tuple[Any, ...]] = []
    start = 0
    while start < len(uids):
        fetched = await store.fetch(ALICE, inbox, uids, ["size", "octets"], start)
        rows += fetched.rows
        start = fetched.next_index
    assert [row[0] for row in rows] == uids
    changes = await store.changes(ALICE, inbox, 0)
    assert changes.changed.more
    assert (await store.changes(ALICE, inbox, 0, 2_000)).changed.uids == list(range(2_001, 2_501))


async def test_a_page_ends_when_it_is_large_and_goes_on_where_it_ended(store: AccountStore) -> None:
    inbox = (await box(store)).id
    octets = message("x" * 60_000)
    for _ in range(12):
        await store.append(ALICE, inbox, [Append(Content(octets), 1.0)])
    await store.expunge(ALICE, inbox, [2, 5, 11], forced=True)
    uids = list(range(1, 13))
    seen: list[int] = []
    start = 0
    while start < len(uids):
        page = await store.fetch(ALICE, inbox, uids, ["octets"], start)
        assert 1 <= len(page.rows) <= 70
        seen += [row[0] for row in page.rows]
        start = page.next_index
    assert seen == uids


async def test_changes_tell_what_happened_since(store: AccountStore) -> None:
    inbox = await fill(store, 5)
    since = (await box(store)).mod_sequence
    assert (await store.changes(ALICE, inbox, since)).changed.uids == []
    await store.store_flags(ALICE, inbox, [3], FlagChange(FlagOperation.ADD, 1))
    await store.deliver(ALICE, delivery(message()))
    await store.expunge(ALICE, inbox, [1, 5], forced=True)
    changes = await store.changes(ALICE, inbox, since)
    assert (changes.changed.uids, changes.expunged, changes.uid_next) == ([3, 6], [1, 5], 7)
    assert changes.mod_sequence == (await box(store)).mod_sequence
    assert (await store.changes(ALICE, inbox, changes.mod_sequence)).expunged == []


async def test_what_was_expunged_and_forgotten_is_below_the_horizon(store: AccountStore, clock: FakeClock) -> None:
    inbox = await fill(store, 4)
    since = (await box(store)).mod_sequence
    await store.expunge(ALICE, inbox, [1], forced=True)
    first = (await store.changes(ALICE, inbox, since)).mod_sequence
    clock.advance(100)
    await store.expunge(ALICE, inbox, [2], forced=True)
    assert (await store.changes(ALICE, inbox, since)).horizon == 0
    assert await store.purge_expunged(ALICE, clock.now() - 50) == 1
    changes = await store.changes(ALICE, inbox, since)
    assert (changes.expunged, changes.horizon) == ([2], first)
    assert (await store.changes(ALICE, inbox, changes.mod_sequence)).horizon == first
    assert (await store.changes(ALICE, (await box(store, "Sent")).id, 0)).horizon == 0


async def test_expunges_are_told_with_the_first_page_only(store: AccountStore) -> None:
    inbox = await fill(store, 4)
    await store.expunge(ALICE, inbox, [1, 3], forced=True)
    assert (await store.changes(ALICE, inbox, 0)).expunged == [1, 3]
    later = await store.changes(ALICE, inbox, 0, 2)
    assert (later.changed.uids, later.expunged) == ([4], [])


async def test_reindex_rebuilds_every_projection(store: AccountStore) -> None:
    await fill(store, 120)
    done, page = 0, await store.reindex(ALICE)
    while page.after is not None:
        done += page.messages
        page = await store.reindex(ALICE, page.after)
    assert done + page.messages == 120
