"""Rights as the operator gives them."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.sharing.rights import user_identifier
from posthouse.services.administer.shares import EVERYTHING, Share, Shares

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


@pytest.fixture
async def shares(office: Office) -> Shares:
    for name in ("alice", "bob"):
        await office.add(name)
    return Shares(office.parts)


async def test_words_and_letters(shares: Shares) -> None:
    assert await shares.set(OPERATOR, ALICE, "inbox", BOB, "Read") == [Share("INBOX", BOB, "lrs")]
    assert await shares.set(OPERATOR, ALICE, "INBOX", "bob", "write") == [Share("INBOX", BOB, "lrswipte")]
    assert await shares.set(OPERATOR, ALICE, "INBOX", BOB, "rl") == [Share("INBOX", BOB, "lr")]
    assert await shares.all(OPERATOR, ALICE) == [Share("INBOX", BOB, "lr")]
    with pytest.raises(Invalid, match="not a right"):
        await shares.set(OPERATOR, ALICE, "INBOX", BOB, "lz")


async def test_all_below_and_all(office: Office, shares: Shares) -> None:
    alice = await office.parts.directory.account_at(ALICE)
    bob = await office.parts.directory.account_at(BOB)
    assert alice is not None
    assert bob is not None
    await office.parts.accounts.create_mailbox(alice.id, "INBOX/below")
    given = await shares.set(OPERATOR, ALICE, "INBOX", BOB, "full", recursive=True)
    assert [share.mailbox for share in given] == ["INBOX", "INBOX/below"]
    assert await office.parts.directory.sharers([user_identifier(bob.id)]) == [alice.id]
    everything = await shares.set(OPERATOR, ALICE, EVERYTHING, BOB, "read")
    assert len(everything) == len(await office.parts.accounts.mailboxes(alice.id))
    assert await shares.remove(OPERATOR, ALICE, "INBOX", recursive=True) == 2
    assert await office.parts.directory.sharers([user_identifier(bob.id)]) == [alice.id]
    assert await shares.remove(OPERATOR, ALICE, EVERYTHING, BOB) == len(everything) - 2
    assert await office.parts.directory.sharers([user_identifier(bob.id)]) == []
    assert await shares.all(OPERATOR, ALICE) == []


async def test_what_cannot_be(shares: Shares) -> None:
    with pytest.raises(NotFound, match="no mailbox"):
        await shares.set(OPERATOR, ALICE, "nothing", BOB, "read")
    with pytest.raises(NotFound, match="no account"):
        await shares.set(OPERATOR, ALICE, "INBOX", f"nobody@{DOMAIN}", "read")
    with pytest.raises(NotPermitted, match="always has all"):
        await shares.set(OPERATOR, ALICE, "INBOX", ALICE, "read")
    with pytest.raises(NotPermitted, match="everybody"):
        await shares.set(OPERATOR, ALICE, "INBOX", "anyone", "read")
    somebody = Principal(OPERATOR.account_id, "x", Role.OWNER)
    with pytest.raises(NotPermitted):
        await shares.all(somebody, ALICE)
