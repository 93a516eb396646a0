"""Sending on, answering, and mail for nobody: who may, and what is refused."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.administer.traffic.auto_replies import AutoReplying
from posthouse.services.administer.traffic.forwards import Forwards
from posthouse.services.administer.traffic.unknown import Choice, UnknownChoosing, UnknownRecipients

ALICE = f"alice@{DOMAIN}"


def owner(account: Account) -> Principal:
    return Principal(account.id, account.address, Role.OWNER)


async def test_forwards_of_a_mailbox(office: Office) -> None:
    await office.add("alice")
    forwards = Forwards(office.parts)
    await forwards.add(OPERATOR, ALICE, ["fred@example.org"])
    changed = await forwards.add(OPERATOR, ALICE, ["FRED@example.org", "gina@example.org"], keep=False)
    assert (changed.forwards_to, changed.keeps_mail) == (("fred@example.org", "gina@example.org"), False)
    assert await forwards.all(OPERATOR, DOMAIN) == [changed]
    with pytest.raises(NotFound, match="not forwarded to"):
        await forwards.remove(OPERATOR, ALICE, ["nobody@example.org"])
    left = await forwards.remove(OPERATOR, ALICE, ["Fred@Example.org"])
    assert (left.forwards_to, left.keeps_mail) == (("gina@example.org",), False)
    gone = await forwards.remove(OPERATOR, ALICE)
    assert (gone.forwards_to, gone.keeps_mail) == ((), True)
    with pytest.raises(Invalid, match="would be refused"):
        await forwards.keep(OPERATOR, ALICE, keep=False)
    with pytest.raises(Invalid, match="to itself"):
        await forwards.set(OPERATOR, ALICE, [ALICE.upper()])
    with pytest.raises(Invalid, match="at most"):
        await forwards.set(OPERATOR, ALICE, [f"x{n}@example.org" for n in range(101)])


async def test_owners_do_it_for_themselves_and_for_nobody_else(office: Office) -> None:
    alice, bob = await office.add("alice"), await office.add("bob")
    forwards, replies = Forwards(office.parts), AutoReplying(office.parts)
    await forwards.set(owner(alice), ALICE, ["fred@example.org"])
    await replies.set(owner(alice), ALICE, AutoReply("away"))
    for refused in (
        forwards.set(owner(bob), ALICE, ["eve@example.org"]),
        forwards.get(owner(bob), ALICE),
        forwards.all(owner(bob)),
        replies.set(owner(bob), ALICE, AutoReply("x")),
        replies.get(owner(bob), ALICE),
        replies.remove(owner(bob), ALICE),
        replies.all(owner(bob)),
        UnknownChoosing(office.parts).choose(owner(bob), DOMAIN, Choice.FORWARD, ALICE),
        UnknownChoosing(office.parts).get(owner(bob), DOMAIN),
    ):
        with pytest.raises(NotPermitted):
            await refused


async def test_replies(office: Office) -> None:
    await office.add("alice")
    replies = AutoReplying(office.parts)
    with pytest.raises(NotFound, match="no automatic reply"):
        await replies.get(OPERATOR, ALICE)
    said = AutoReply("I am away", "Away", 10.0, 20.0, 2)
    await replies.set(OPERATOR, ALICE, said)
    assert await replies.get(OPERATOR, ALICE) == said
    assert [account.address for account in await replies.all(OPERATOR)] == [ALICE]
    for wrong in (AutoReply(" "), AutoReply("x" * 10_001), AutoReply("x", "y" * 201), AutoReply("x", most_per_day=0)):
        with pytest.raises(Invalid):
            await replies.set(OPERATOR, ALICE, wrong)
    with pytest.raises(Invalid, match="end before"):
        await replies.set(OPERATOR, ALICE, AutoReply("x", "", 20.0, 10.0))
    await Forwards(office.parts).keep(OPERATOR, ALICE, keep=False)
    with pytest.raises(Invalid, match="would be refused"):
        await replies.remove(OPERATOR, ALICE)
    await Forwards(office.parts).keep(OPERATOR, ALICE, keep=True)
    await replies.remove(OPERATOR, ALICE)
    assert await replies.all(OPERATOR) == []


async def test_the_choice_for_unknown_addresses_ends_by_itself(office: Office) -> None:
    choosing = UnknownChoosing(office.parts)
    assert await choosing.get(OPERATOR, DOMAIN) == UnknownRecipients()
    chosen = await choosing.choose(OPERATOR, DOMAIN, Choice.BOUNCE, "we have\n moved")
    assert (chosen.text, chosen.until) == ("we have moved", office.clock.now() + 7 * 86_400)
    assert "guesses" in chosen.risk
    assert await choosing.get(OPERATOR, DOMAIN) == chosen
    office.clock.advance(7 * 86_400)
    assert await choosing.get(OPERATOR, DOMAIN) == UnknownRecipients()
    await office.add("alice")
    assert (await choosing.choose(OPERATOR, DOMAIN, Choice.FORWARD, ALICE)).address == ALICE
    assert await choosing.choose(OPERATOR, DOMAIN, Choice.REJECT) == UnknownRecipients()
    assert await choosing.get(OPERATOR, DOMAIN) == UnknownRecipients()
    with pytest.raises(NotFound, match="make it first"):
        await choosing.choose(OPERATOR, DOMAIN, Choice.FORWARD, f"nobody@{DOMAIN}")
    for choice, what in ((Choice.FORWARD, "x"), (Choice.BOUNCE, " "), (Choice.BOUNCE, "x" * 401), (Choice.BOUNCE, "a\x00b")):
        with pytest.raises(Invalid):
            await choosing.choose(OPERATOR, DOMAIN, choice, what)
