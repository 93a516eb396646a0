"""Grants and annotations."""

import pytest
from tests.support.account_stores import ALICE, box

from posthouse.foundation.errors import Invalid, LimitReached, NotFound, TooLarge
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.sharing.annotation import ENTRIES, VALUE_OCTETS
from posthouse.model.sharing.rights import GRANTS, Grant, Right, parse_rights
from posthouse.ports.account_store import AccountStore

BOB = AccountId(b"bob-bob-bob-bob-")
NOWHERE = MailboxId(b"x" * 16)
READER, WRITER = Grant("anyone", parse_rights("lr")), Grant("user:bob", parse_rights("lrswipkxtea"))


async def test_rights_are_given_changed_and_taken_away(accounts: AccountStore) -> None:
    sent, junk = (await box(accounts, "Sent")).id, (await box(accounts, "Junk")).id
    for grant in (WRITER, READER, Grant("-group:1", int(Right.READ))):
        await accounts.put_grant(ALICE, sent, grant)
    await accounts.put_grant(ALICE, junk, READER)
    await accounts.put_grant(ALICE, sent, Grant("user:bob", int(Right.LOOKUP)))
    assert await accounts.grants(ALICE, sent) == [Grant("-group:1", 2), READER, Grant("user:bob", 1)]
    assert await accounts.all_grants(ALICE) == sorted(
        [(sent, Grant("-group:1", 2)), (sent, READER), (sent, Grant("user:bob", 1)), (junk, READER)],
        key=lambda item: (item[0], item[1].identifier),
    )
    for identifier in ("anyone", "nobody"):
        await accounts.put_grant(ALICE, sent, Grant(identifier, 0))
    assert await accounts.grants(ALICE, sent) == [Grant("-group:1", 2), Grant("user:bob", 1)]


async def test_a_new_mailbox_takes_the_grants_of_the_one_it_lies_in(accounts: AccountStore) -> None:
    sent = await box(accounts, "Sent")
    await accounts.put_grant(ALICE, sent.id, READER)
    await accounts.create_mailbox(ALICE, "Sent/2026/11")
    for name in ("Sent/2026", "Sent/2026/11"):
        assert await accounts.grants(ALICE, (await box(accounts, name)).id) == [READER]
    await accounts.put_grant(ALICE, sent.id, Grant("anyone", 0))
    await accounts.rename_mailbox(ALICE, (await box(accounts, "Sent/2026")).id, "Years/2026")
    assert await accounts.grants(ALICE, (await box(accounts, "Years/2026/11")).id) == [READER]
    assert await accounts.grants(ALICE, (await box(accounts, "Years")).id) == []
    await accounts.delete_mailbox(ALICE, (await box(accounts, "Years/2026/11")).id)
    assert [grant for _, grant in await accounts.all_grants(ALICE)] == [READER]


@pytest.mark.parametrize("identifier", ["", "-", "a\nb", "x" * 256, "é" * 128])
async def test_identifiers_nobody_has(accounts: AccountStore, identifier: str) -> None:
    with pytest.raises(Invalid):
        await accounts.put_grant(ALICE, (await box(accounts)).id, Grant(identifier, 1))


async def test_grants_are_bounded(accounts: AccountStore) -> None:
    inbox = (await box(accounts)).id
    for number in range(GRANTS):
        await accounts.put_grant(ALICE, inbox, Grant(f"user:{number}", 1))
    with pytest.raises(LimitReached):
        await accounts.put_grant(ALICE, inbox, READER)
    await accounts.put_grant(ALICE, inbox, Grant("user:1", 3))
    await accounts.put_grant(ALICE, inbox, Grant("user:1", 0))
    await accounts.put_grant(ALICE, inbox, READER)
    with pytest.raises(NotFound):
        await accounts.put_grant(ALICE, NOWHERE, READER)
    with pytest.raises(NotFound):
        await accounts.grants(ALICE, NOWHERE)


async def test_annotations_are_shared_or_ones_own(accounts: AccountStore) -> None:
    inbox = (await box(accounts)).id
    await accounts.annotate(ALICE, inbox, {"/shared/Comment": b"ours", "/private/comment": b"alice's"})
    await accounts.annotate(ALICE, inbox, {"/private/comment": b"bob's", "/shared/vendor/x/y": b""}, viewer=BOB)
    await accounts.annotate(ALICE, None, {"/shared/admin": b"mailto:a@example.test"})
    assert await accounts.annotations(ALICE, inbox) == {
        "/private/comment": b"alice's",
        "/shared/comment": b"ours",
        "/shared/vendor/x/y": b"",
    }
    assert (await accounts.annotations(ALICE, inbox, viewer=BOB))["/private/comment"] == b"bob's"
    assert await accounts.annotations(ALICE, None, viewer=BOB) == {"/shared/admin": b"mailto:a@example.test"}
    await accounts.annotate(ALICE, inbox, {"/shared/comment": None, "/PRIVATE/comment": b"new", "/shared/none": None})
    assert await accounts.annotations(ALICE, inbox) == {"/private/comment": b"new", "/shared/vendor/x/y": b""}
    assert (await accounts.annotations(ALICE, inbox, viewer=BOB))["/private/comment"] == b"bob's"


async def test_annotations_stay_with_a_renamed_mailbox_and_go_with_a_deleted_one(accounts: AccountStore) -> None:
    made = await accounts.create_mailbox(ALICE, "a")
    await accounts.annotate(ALICE, made.id, {"/shared/comment": b"x" * 1_000})
    await accounts.rename_mailbox(ALICE, made.id, "b")
    assert await accounts.annotations(ALICE, made.id) == {"/shared/comment": b"x" * 1_000}
    await accounts.delete_mailbox(ALICE, made.id)
    with pytest.raises(NotFound):
        await accounts.annotations(ALICE, made.id)
    with pytest.raises(NotFound):
        await accounts.annotate(ALICE, made.id, {"/shared/comment": b"x"})


@pytest.mark.parametrize(
    "name", ["comment", "/shared", "/shared/", "/other/x", "/shared//x", "/shared/*", "/private/%", "/shared/é"]
)
async def test_names_no_entry_may_have(accounts: AccountStore, name: str) -> None:
    inbox = (await box(accounts)).id
    with pytest.raises(Invalid):
        await accounts.annotate(ALICE, inbox, {"/shared/good": b"x", name: b"y"})
    assert await accounts.annotations(ALICE, inbox) == {}


async def test_annotations_are_bounded(accounts: AccountStore) -> None:
    inbox, sent = (await box(accounts)).id, (await box(accounts, "Sent")).id
    with pytest.raises(TooLarge):
        await accounts.annotate(ALICE, inbox, {"/shared/x": b"x" * (VALUE_OCTETS + 1)})
    await accounts.annotate(ALICE, inbox, {f"/shared/{n}": b"" for n in range(ENTRIES)})
    with pytest.raises(LimitReached):
        await accounts.annotate(ALICE, inbox, {"/shared/more": b""}, viewer=BOB)
    large = {f"/shared/{n}": b"x" * VALUE_OCTETS for n in range(127)}
    await accounts.annotate(ALICE, sent, large)
    with pytest.raises(LimitReached):
        await accounts.annotate(ALICE, None, {"/shared/x": b"x" * VALUE_OCTETS})
    await accounts.annotate(ALICE, sent, {"/shared/1": None})
    await accounts.annotate(ALICE, None, {"/shared/x": b"x" * VALUE_OCTETS})
    await accounts.annotate(ALICE, inbox, {"/shared/1": None})
    assert len(await accounts.annotations(ALICE, inbox)) == ENTRIES - 1
