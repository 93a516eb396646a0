"""Mailboxes that follow people: made, renamed, given aliases, suspended and taken back; and what is not done."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office
from tests.support.people import FakePeople

from posthouse.foundation.errors import NotFound, NotPermitted, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, Outside, Status
from posthouse.model.principal import Principal
from posthouse.model.role import Act, Role
from posthouse.ports.signing_in.outside_people import OutsidePerson
from posthouse.services.administer.accounts import NewAccount
from posthouse.services.administer.outside.syncing import PeopleSync, Synced


class Desk:
    """An office whose people an LDAP server knows."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.people = FakePeople()
        self.sync = PeopleSync(office.parts, self.people)

    async def set(self, **values: Any) -> None:
        for name, value in values.items():
            await self.office.parts.directory.put_setting(f"domain:{DOMAIN}", f"ldap.{name}", msgspec.json.encode(value))
        await self.office.parts.settings.refresh()

    def knows(self, *names: str) -> None:
        self.people.known = [OutsidePerson(f"uid={name}", (f"{name}@{DOMAIN}",), name.title()) for name in names]

    async def account(self, name: str) -> Account:
        found = await self.office.parts.directory.account_at(f"{name}@{DOMAIN}")
        assert found is not None
        return found

    async def aliases(self) -> dict[str, tuple[str, ...]]:
        return {alias.address: alias.targets for alias in await self.office.aliases.all(OPERATOR, DOMAIN)}

    async def done(self, *, force: bool = False) -> list[str]:
        planned = await self.sync.plan(OPERATOR, DOMAIN)
        synced = await self.sync.sync(OPERATOR, DOMAIN, force=force)
        assert planned.steps == synced.steps
        return said(synced)


def said(synced: Synced) -> list[str]:
    return [f"{step.change} {step.noun} {step.name.partition('@')[0]}" for step in synced.steps]


@pytest.fixture
async def desk(office: Office) -> Desk:
    made = Desk(office)
    await made.set(servers=["ldaps://ldap.example.test"], base="dc=example")
    return made


async def test_mailboxes_are_made_and_renamed(desk: Desk) -> None:
    desk.knows("alice", "bob")
    assert await desk.done() == ["create account alice", "create account bob"]
    alice = await desk.account("alice")
    assert (alice.display_name, alice.outside, alice.status) == ("Alice", Outside.KNOWN, Status.ACTIVE)
    assert await desk.office.parts.directory.credentials(alice.id) == []
    assert await desk.done() == []
    desk.people.known[0] = msgspec.structs.replace(desk.people.known[0], display_name="Alice Liddell")
    assert await desk.done() == ["change account alice"]
    assert (await desk.account("alice")).display_name == "Alice Liddell"
    desk.people.known[0] = msgspec.structs.replace(desk.people.known[0], display_name="")
    assert await desk.done() == [], "who has no name keeps the one there is"


async def test_a_plan_does_nothing(desk: Desk) -> None:
    desk.knows("alice")
    before = len(desk.office.audit.entries)
    assert said(await desk.sync.plan(OPERATOR, DOMAIN)) == ["create account alice"]
    assert await desk.office.parts.directory.account_at(f"alice@{DOMAIN}") is None
    assert len(desk.office.audit.entries) == before


async def test_who_vanishes_is_suspended_and_comes_back(desk: Desk) -> None:
    names = [f"p{number}" for number in range(10)]
    desk.knows(*names)
    await desk.done()
    await desk.office.accounts.add(OPERATOR, NewAccount(address=f"local@{DOMAIN}", password=None))
    desk.knows(*names[:9])
    assert await desk.done() == ["change account p9"]
    gone = await desk.account("p9")
    assert (gone.status, gone.outside) == (Status.SUSPENDED, Outside.GONE)
    assert (await desk.account("local")).status is Status.ACTIVE, "nobody has known it"
    assert await desk.done() == [], "it stays so"
    desk.knows(*names)
    assert await desk.done() == ["change account p9"]
    back = await desk.account("p9")
    assert (back.status, back.outside) == (Status.ACTIVE, Outside.KNOWN)
    acts = [entry.act for entry in desk.office.audit.entries[-3:]]
    assert Act.ACCOUNT_RESUME in acts


async def test_whom_an_administrator_has_suspended_stays_suspended(desk: Desk) -> None:
    desk.knows("alice")
    await desk.done()
    await desk.office.accounts.suspend(OPERATOR, f"alice@{DOMAIN}")
    assert await desk.done() == []
    assert (await desk.account("alice")).status is Status.SUSPENDED


async def test_not_many_are_suspended_at_once(desk: Desk) -> None:
    names = [f"p{number}" for number in range(10)]
    desk.knows(*names)
    await desk.done()
    for left in (7, 0):
        desk.knows(*names[:left])
        planned = await desk.sync.plan(OPERATOR, DOMAIN)
        assert f"{10 - left} of 10" in planned.refused
        synced = await desk.sync.sync(OPERATOR, DOMAIN)
        assert (synced.done, synced.refused) == (0, planned.refused)
    assert (await desk.account("p9")).status is Status.ACTIVE
    desk.knows(*names[:8])
    assert len(await desk.done()) == 2, "a fifth is not more than a fifth"
    desk.knows()
    assert len(await desk.done(force=True)) == 8
    for name in names:
        assert (await desk.account(name)).status is Status.SUSPENDED, "and nobody was removed"


async def test_a_server_that_does_not_answer_suspends_nobody(desk: Desk) -> None:
    desk.knows("alice")
    await desk.done()
    desk.people.is_away = True
    with pytest.raises(Unavailable):
        await desk.sync.sync(OPERATOR, DOMAIN, force=True)
    assert (await desk.account("alice")).status is Status.ACTIVE


async def test_aliases(desk: Desk) -> None:
    desk.people.known = [OutsidePerson("a", (f"alice@{DOMAIN}", f"a@{DOMAIN}", "alice@elsewhere.example"))]
    assert await desk.done() == ["create account alice", "create alias a"]
    assert await desk.aliases() == {f"a@{DOMAIN}": (f"alice@{DOMAIN}",)}
    desk.people.known = [OutsidePerson("a", (f"a@{DOMAIN}", f"alice@{DOMAIN}"))]
    assert await desk.done() == [], "LDAP keeps no order: the mailbox stays the mailbox"
    desk.people.known = [OutsidePerson("a", (f"alice@{DOMAIN}",))]
    assert await desk.done() == [], "aliases made by hand could not be told from it"
    await desk.set(aliases_attribute="proxyAddresses")
    desk.people.known = [OutsidePerson("a", (f"alice@{DOMAIN}",), aliases=(f"al@{DOMAIN}",))]
    assert await desk.done() == ["create alias al", "remove alias a"]
    assert await desk.aliases() == {f"al@{DOMAIN}": (f"alice@{DOMAIN}",)}


async def test_people_for_whom_nothing_can_be_done(desk: Desk) -> None:
    await desk.office.add("alice")
    await desk.office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [f"alice@{DOMAIN}"])
    await desk.office.aliases.add(OPERATOR, f"info@{DOMAIN}", [f"alice@{DOMAIN}", "x@elsewhere.example"])
    removed = await desk.office.add("removed")
    await desk.office.accounts.remove(OPERATOR, removed.address)
    desk.people.known = [
        OutsidePerson("1", ("x@elsewhere.example",)),
        OutsidePerson("2", (f"sales@{DOMAIN}",)),
        OutsidePerson("3", ("no address",)),
        OutsidePerson("4", ()),
        OutsidePerson("5", (f"carol@{DOMAIN}", f"info@{DOMAIN}"), "Carol"),
        OutsidePerson("6", (f"Carol@{DOMAIN}",)),
        OutsidePerson("7", (f"dora@{DOMAIN}",), "a\nb"),
        OutsidePerson("8", (removed.address,)),
        OutsidePerson("9", (f"bad\u0007name@{DOMAIN}",)),
    ]
    planned = await desk.sync.plan(OPERATOR, DOMAIN)
    assert said(planned) == ["create account carol"]
    assert sorted(trouble[:1] for trouble in planned.troubles) == ["1", "2", "3", "4", "6", "7", "8", "9", "c"]
    assert len((await desk.sync.sync(OPERATOR, DOMAIN)).troubles) == 9


async def test_a_step_that_fails_does_not_end_the_others(desk: Desk) -> None:
    desk.people.known = [OutsidePerson("1", (f"!@{DOMAIN}",)), OutsidePerson("2", (f"alice@{DOMAIN}",))]
    synced = await desk.sync.sync(OPERATOR, DOMAIN)
    assert synced.done == 1
    assert len(synced.troubles) == 1
    assert (await desk.account("alice")).outside is Outside.KNOWN


async def test_it_is_asked_whether_it_answers(desk: Desk) -> None:
    desk.knows("alice")
    assert (await desk.sync.test(OPERATOR, DOMAIN)).entries == []
    assert (await desk.sync.test(OPERATOR, DOMAIN, f"alice@{DOMAIN}")).entries == ["uid=alice"]
    await desk.set(servers=[])
    with pytest.raises(NotFound):
        await desk.sync.test(OPERATOR, DOMAIN)


async def test_a_domains_administrator_does_it_for_that_domain(desk: Desk) -> None:
    await desk.office.domains.add(OPERATOR, "example.org")
    carol = Principal(AccountId(b"c" * 16), f"carol@{DOMAIN}", Role.DOMAIN_ADMINISTRATOR, reach=(DOMAIN,))
    desk.knows("alice")
    assert (await desk.sync.sync(carol, DOMAIN)).done == 1
    with pytest.raises(NotPermitted):
        await desk.sync.plan(carol, "example.org")


async def test_every_so_many_hours(desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    del tmp_path
    desk.knows("alice")
    assert await desk.sync.sync_due() == 0, "nobody wants that"
    await desk.set(sync_hours=2)
    assert await desk.sync.sync_due() == 1
    desk.knows("alice", "bob")
    assert await desk.sync.sync_due() == 0
    desk.office.clock.advance(2 * 3_600)
    assert await desk.sync.sync_due() == 1
    desk.knows()
    desk.office.clock.advance(2 * 3_600)
    assert await desk.sync.sync_due() == 0
    assert "would suspend 2 of 2" in caplog.text
    desk.people.is_away = True
    desk.office.clock.advance(2 * 3_600)
    assert await desk.sync.sync_due() == 0
    assert "does not answer" in caplog.text
