"""Mailboxes that are renamed, removed, restored; and what ends by itself."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, AuthenticationFailed, Expired, Invalid, NotFound, Refused, Retired
from posthouse.model.account import Service, Status
from posthouse.services.administer.accounts import AccountChanges
from posthouse.services.administer.people.ending import Ending
from posthouse.services.guard.guarding import Source

DAY = 86_400
IMAP, POP3 = Source("192.0.2.1", "imap"), Source("192.0.2.1", "pop3")


def ending(office: Office) -> Ending:
    return Ending(office.parts.directory, office.parts.accounts, office.clock)


async def test_a_former_address_leads_on_and_ends_by_itself(office: Office) -> None:
    alice = await office.add("alice")
    await office.accounts.rename(OPERATOR, alice.address, f"anne@{DOMAIN}", days=10)
    former = await office.parts.directory.alias(alice.key)
    assert former is not None
    assert (former.targets, former.former, former.ends_at) == ((f"anne@{DOMAIN}",), True, office.clock.now() + 10 * DAY)
    with pytest.raises(AlreadyExists, match="the former address of anne"):
        await office.add("alice")
    office.clock.advance(10 * DAY - 1)
    assert await ending(office).remove_aliases() == 0
    office.clock.advance(1)
    assert await ending(office).remove_aliases() == 1
    await office.add("alice")


async def test_a_mailbox_can_have_its_former_address_again(office: Office) -> None:
    alice = await office.add("alice")
    await office.accounts.rename(OPERATOR, alice.address, f"anne@{DOMAIN}")
    back = await office.accounts.rename(OPERATOR, f"anne@{DOMAIN}", alice.address)
    assert (back.id, back.key) == (alice.id, alice.key)
    assert [alias.address for alias in await office.aliases.all(OPERATOR)] == [f"anne@{DOMAIN}"]
    await office.accounts.rename(OPERATOR, alice.address, f"anna@{DOMAIN}", days=0)
    assert [alias.targets for alias in await office.aliases.all(OPERATOR)] == [(f"anna@{DOMAIN}",)]


async def test_a_removed_mailbox_is_kept_and_restored_as_it_was(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [alice.address])
    await office.accounts.suspend(OPERATOR, alice.address)
    removed = await office.accounts.remove(OPERATOR, alice.address)
    assert (removed.status, removed.purge_at) == (Status.REMOVED, office.clock.now() + 30 * DAY)
    assert (await office.accounts.remove(OPERATOR, alice.address)).purge_at == removed.purge_at
    with pytest.raises(AlreadyExists, match="has been removed"):
        await office.add("alice")
    with pytest.raises(AuthenticationFailed):
        await office.authenticator.authenticate(alice.address, made.password, IMAP)
    for refused in (office.accounts.resume, office.accounts.suspend):
        with pytest.raises(Refused, match="restore it first"):
            await refused(OPERATOR, alice.address)
    with pytest.raises(Refused, match="restore it first"):
        await office.accounts.rename(OPERATOR, alice.address, f"anne@{DOMAIN}")
    office.clock.advance(30 * DAY - 1)
    assert await ending(office).purge_accounts() == 0
    assert (await office.accounts.restore(OPERATOR, alice.address)).status is Status.SUSPENDED
    await office.accounts.resume(OPERATOR, alice.address)
    assert (await office.authenticator.authenticate(alice.address, made.password, IMAP)).account_id == alice.id
    assert [alias.targets for alias in await office.aliases.all(OPERATOR)] == [(alice.address,)]
    office.clock.advance(2)
    assert await ending(office).purge_accounts() == 0
    with pytest.raises(Refused, match="not been removed"):
        await office.accounts.restore(OPERATOR, alice.address)


async def test_at_the_end_of_its_time_everything_goes(office: Office) -> None:
    alice = await office.add("alice")
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [alice.address])
    await office.accounts.remove(OPERATOR, alice.address)
    office.clock.advance(30 * DAY)
    assert await ending(office).purge_accounts() == 1
    with pytest.raises(NotFound):
        await office.parts.accounts.mailboxes(alice.id)
    assert await office.aliases.all(OPERATOR) == []
    await office.add("alice")


async def test_where_no_time_is_given_a_mailbox_goes_at_once(office: Office) -> None:
    alice = await office.add("alice")
    await office.parts.directory.put_setting(f"domain:{DOMAIN}", "account.removed_days", b"0")
    await office.parts.settings.refresh()
    await office.accounts.remove(OPERATOR, alice.address)
    assert await office.parts.directory.account(alice.id) is None


async def test_ways_that_are_switched_off(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    principal = await office.authenticator.authenticate(alice.address, made.password, POP3)
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(refused_services=(Service.POP3,)))
    with pytest.raises(Retired, match="POP3 is switched off"):
        await office.authenticator.authenticate(alice.address, made.password, POP3)
    assert isinstance(await office.authenticator.objection(principal), Retired)
    other = await office.authenticator.authenticate(alice.address, made.password, IMAP)
    assert await office.authenticator.objection(other) is None


async def test_the_time_of_a_mailbox_is_over(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(expires_at=office.clock.now() + 5))
    principal = await office.authenticator.authenticate(alice.address, made.password, IMAP)
    office.clock.advance(5)
    assert isinstance(await office.authenticator.objection(principal), Expired)
    with pytest.raises(Expired, match="time of this mailbox is over"):
        await office.authenticator.authenticate(alice.address, made.password, IMAP)
    assert (await office.accounts.change(OPERATOR, alice.address, AccountChanges(expires_at=0.0))).expires_at is None
    assert await office.authenticator.objection(principal) is None
    with pytest.raises(Invalid):
        await office.accounts.change(OPERATOR, alice.address, AccountChanges(expires_at=-1.0))


async def test_further_login_names_and_a_default_domain(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    changed = await office.accounts.change(OPERATOR, alice.address, AccountChanges(logins=(" K-1234 ", "alice@old.example")))
    assert changed.logins == ("k-1234", "alice@old.example")
    for login in ("k-1234", "K-1234", "Alice@old.example", alice.address):
        assert (await office.authenticator.authenticate(login, made.password)).account_id == alice.id
    with pytest.raises(AuthenticationFailed):
        await office.authenticator.authenticate("alice", made.password)
    await office.parts.directory.put_setting("system", "auth.default_domain", b'"example.test"')
    await office.parts.settings.refresh()
    assert (await office.authenticator.authenticate("alice", made.password)).account_id == alice.id
    for refused in (f"bob@{DOMAIN}", "", "a\0", "x" * 201):
        with pytest.raises(Invalid):
            await office.accounts.change(OPERATOR, alice.address, AccountChanges(logins=(refused,)))
    await office.add("bob")
    with pytest.raises(AlreadyExists, match="login name"):
        await office.accounts.change(OPERATOR, f"bob@{DOMAIN}", AccountChanges(logins=("k-1234",)))


async def test_characters_that_a_domain_allows_in_addresses(office: Office) -> None:
    with pytest.raises(Invalid, match="plus sign"):
        await office.add("a+b")
    await office.parts.directory.put_setting(f"domain:{DOMAIN}", "address.characters", b'"+"')
    await office.parts.settings.refresh()
    assert (await office.add("a+b")).address == f"a+b@{DOMAIN}"
