"""What viewers of a shared mailbox have seen is theirs alone; everything else is everybody's."""

import pytest
from tests.support.account_stores import ALICE, box, delivery, fill, message

from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation
from posthouse.ports.account_store import AccountStore

BOB, CAROL = AccountId(b"bob-bob-bob-bob-"), AccountId(b"carol-carol-caro")
SEEN = FlagChange(FlagOperation.ADD, int(Flag.SEEN))
UNSEEN = FlagChange(FlagOperation.REMOVE, int(Flag.SEEN))


async def flags(store: AccountStore, mailbox: MailboxId, viewer: AccountId | None = None) -> dict[int, int]:
    """Flags by UID, and the same whichever verb is asked."""
    page = await store.placements(ALICE, mailbox, viewer=viewer)
    rows = (await store.fetch(ALICE, mailbox, page.uids, ["size", "flags", "mod_sequence"], viewer=viewer)).rows
    assert [(uid, bits, number) for uid, _, bits, number in rows] == list(
        zip(page.uids, page.flags, page.mod_sequences, strict=True)
    )
    changed = (await store.changes(ALICE, mailbox, 0, viewer=viewer)).changed
    assert (changed.uids, changed.flags, changed.mod_sequences) == (page.uids, page.flags, page.mod_sequences)
    unseen = sum(not bits & Flag.SEEN for bits in page.flags)
    assert (await store.mailbox(ALICE, mailbox, viewer=viewer)).unseen == unseen
    assert {m.id: m.unseen for m in await store.mailboxes(ALICE, viewer=viewer)}[mailbox] == unseen
    return dict(zip(page.uids, page.flags, strict=True))


async def test_each_has_seen_what_they_have_seen(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 3)
    await accounts.store_flags(ALICE, inbox, [1], SEEN)
    stored = await accounts.store_flags(ALICE, inbox, [2, 3, 9], SEEN, viewer=BOB)
    assert (stored.stored.uids, stored.stored.flags, stored.modified) == ([2, 3], [1, 1], [])
    await accounts.store_flags(ALICE, inbox, [3], UNSEEN, viewer=BOB)
    assert await flags(accounts, inbox) == {1: 1, 2: 0, 3: 0}
    assert await flags(accounts, inbox, BOB) == {1: 0, 2: 1, 3: 0}
    assert await flags(accounts, inbox, CAROL) == {1: 0, 2: 0, 3: 0}


async def test_other_flags_are_everybodys(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 2)
    await accounts.store_flags(ALICE, inbox, [1], SEEN)
    change = FlagChange(FlagOperation.REPLACE, int(Flag.SEEN | Flag.FLAGGED), ("$k",))
    stored = (await accounts.store_flags(ALICE, inbox, [1, 2], change, viewer=BOB)).stored
    assert (stored.flags, stored.keywords) == ([5, 5], ["$k", "$k"])
    assert await flags(accounts, inbox) == {1: 5, 2: 4}
    assert await flags(accounts, inbox, CAROL) == {1: 4, 2: 4}
    await accounts.store_flags(ALICE, inbox, [2], FlagChange(FlagOperation.REPLACE, 0), viewer=BOB)
    assert await flags(accounts, inbox, BOB) == {1: 5, 2: 0}
    assert await flags(accounts, inbox) == {1: 5, 2: 0}
    kept = FlagChange(FlagOperation.REPLACE, 0, preserved=int(Flag.SEEN))
    await accounts.store_flags(ALICE, inbox, [1], kept, viewer=BOB)
    assert await flags(accounts, inbox, BOB) == {1: 1, 2: 0}


async def test_storing_what_is_there_already_changes_nothing(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 1)
    await accounts.store_flags(ALICE, inbox, [1], SEEN, viewer=BOB)
    before = await box(accounts)
    assert (await accounts.store_flags(ALICE, inbox, [1], SEEN, viewer=BOB)).stored.uids == []
    assert (await accounts.store_flags(ALICE, inbox, [1], UNSEEN, viewer=CAROL)).stored.uids == []
    assert (await box(accounts)).mod_sequence == before.mod_sequence


async def test_a_viewer_is_told_of_their_own_changes_only(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 3)
    since = (await box(accounts)).mod_sequence
    stored = (await accounts.store_flags(ALICE, inbox, [2], SEEN, viewer=BOB)).stored
    now = (await box(accounts)).mod_sequence
    assert stored.mod_sequences == [now]
    assert now > since
    told = {viewer: await accounts.changes(ALICE, inbox, since, viewer=viewer) for viewer in (None, BOB, CAROL)}
    assert {viewer: changes.changed.uids for viewer, changes in told.items()} == {None: [], BOB: [2], CAROL: []}
    assert {changes.mod_sequence for changes in told.values()} == {now}
    assert (await accounts.changes(ALICE, inbox, since, 2, viewer=BOB)).changed.uids == []
    await accounts.store_flags(ALICE, inbox, [2], UNSEEN, viewer=BOB)
    again = (await accounts.changes(ALICE, inbox, now, viewer=BOB)).changed
    assert (again.uids, again.flags) == ([2], [0])
    await accounts.store_flags(ALICE, inbox, [3], FlagChange(FlagOperation.ADD, int(Flag.FLAGGED)))
    assert (await accounts.changes(ALICE, inbox, now, viewer=BOB)).changed.uids == [2, 3]


async def test_unchanged_since_looks_at_what_the_viewer_sees(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 2)
    base = (await box(accounts)).mod_sequence
    await accounts.store_flags(ALICE, inbox, [1], SEEN, viewer=BOB)
    flagged = FlagChange(FlagOperation.ADD, int(Flag.FLAGGED), unchanged_since=base)
    result = await accounts.store_flags(ALICE, inbox, [1, 2], flagged, viewer=BOB)
    assert (result.stored.uids, result.modified) == ([2], [1])
    assert (await accounts.store_flags(ALICE, inbox, [1], flagged, viewer=CAROL)).stored.uids == [1]


async def test_what_a_viewer_puts_there_is_new_to_the_others(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 1)
    seen = int(Flag.SEEN | Flag.FLAGGED)
    await accounts.append(ALICE, inbox, [Append(Content(message()), 1.0, seen), Append(Content(message()), 1.0)], viewer=BOB)
    assert await flags(accounts, inbox, BOB) == {1: 0, 2: 5, 3: 0}
    assert await flags(accounts, inbox) == {1: 0, 2: 4, 3: 0}
    await accounts.replace(ALICE, inbox, 2, inbox, Append(Content(message()), 1.0, seen), viewer=CAROL)
    assert await flags(accounts, inbox, CAROL) == {1: 0, 3: 0, 4: 5}
    assert await flags(accounts, inbox, BOB) == {1: 0, 3: 0, 4: 4}


@pytest.mark.parametrize("verb", ["copy", "move"])
async def test_copies_are_seen_by_those_who_have_seen_the_original(accounts: AccountStore, verb: str) -> None:
    inbox = await fill(accounts, 4)
    sent = (await box(accounts, "Sent")).id
    await accounts.store_flags(ALICE, inbox, [2, 4], SEEN, viewer=BOB)
    await accounts.store_flags(ALICE, inbox, [3], SEEN, viewer=CAROL)
    await accounts.store_flags(ALICE, inbox, [2], UNSEEN, viewer=BOB)
    await accounts.store_flags(ALICE, inbox, [1], SEEN)
    await getattr(accounts, verb)(ALICE, inbox, [1, 2, 3, 4], sent)
    assert await flags(accounts, sent) == {1: 1, 2: 0, 3: 0, 4: 0}
    assert await flags(accounts, sent, BOB) == {1: 0, 2: 0, 3: 0, 4: 1}
    assert await flags(accounts, sent, CAROL) == {1: 0, 2: 0, 3: 1, 4: 0}
    await getattr(accounts, verb)(ALICE, sent, [3, 4], sent)
    assert (await flags(accounts, sent, BOB))[6] == 1
    assert (await flags(accounts, sent, CAROL))[5] == 1


async def test_what_goes_takes_what_was_seen_of_it_along(accounts: AccountStore) -> None:
    inbox = await fill(accounts, 4)
    for viewer in (BOB, CAROL):
        await accounts.store_flags(ALICE, inbox, [1, 2, 3], SEEN, viewer=viewer)
    await accounts.expunge(ALICE, inbox, [1, 4], forced=True)
    assert await flags(accounts, inbox, BOB) == {2: 1, 3: 1}
    await accounts.rename_mailbox(ALICE, inbox, "Old")
    old = (await box(accounts, "Old")).id
    assert await flags(accounts, old, BOB) == {1: 1, 2: 1}
    assert await flags(accounts, inbox, BOB) == {}
    await accounts.deliver(ALICE, delivery(message()))
    assert (await box(accounts, viewer=BOB)).unseen == 1
    await accounts.delete_mailbox(ALICE, old)
    again = await accounts.create_mailbox(ALICE, "Old")
    await accounts.append(ALICE, again.id, [Append(Content(message()), 1.0)])
    assert await flags(accounts, again.id, CAROL) == {1: 0}


async def test_thousands_are_seen_at_once(accounts: AccountStore) -> None:
    inbox = (await box(accounts)).id
    await accounts.append(ALICE, inbox, [Append(Content(b"\r\n"), 1.0) for _ in range(1_500)])
    await accounts.store_flags(ALICE, inbox, range(1, 1_501, 2), SEEN, viewer=BOB)
    assert (await box(accounts, viewer=BOB)).unseen == 750
    first = await accounts.changes(ALICE, inbox, 0, viewer=BOB)
    assert (len(first.changed.uids), first.changed.more) == (1_000, True)
    rest = await accounts.changes(ALICE, inbox, 0, 1_000, viewer=BOB)
    assert (len(rest.changed.uids), rest.changed.flags[:2]) == (500, [1, 0])
    page = await accounts.placements(ALICE, inbox, 1_000, viewer=BOB)
    assert (page.uids, page.flags, page.mod_sequences) == (rest.changed.uids, rest.changed.flags, rest.changed.mod_sequences)
