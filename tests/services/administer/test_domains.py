"""Domains: making, renaming, removing."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, Invalid, NotFound, NotPermitted, Refused
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Service, Status
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.people import QUOTA_OCTETS
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.administer.domains import DomainChanges


async def test_a_domain_is_kept_under_its_normalised_name(office: Office) -> None:
    made = await office.domains.add(OPERATOR, "Bücher.Example.")
    assert (made.key, made.name, made.created_at) == ("xn--bcher-kva.example", "Bücher.Example", office.clock.now())
    assert [domain.key for domain in await office.domains.all(OPERATOR)] == [DOMAIN, "xn--bcher-kva.example"]
    with pytest.raises(AlreadyExists):
        await office.domains.add(OPERATOR, "XN--BCHER-KVA.example")


@pytest.mark.parametrize("name", ["", "a b", "-", "[192.0.2.1]", "a..b", "x" * 300])
async def test_what_is_no_domain_is_refused(office: Office, name: str) -> None:
    with pytest.raises(Invalid):
        await office.domains.add(OPERATOR, name)


async def test_only_operators_administer_domains(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    with pytest.raises(NotPermitted):
        await office.domains.add(owner, "example.org")
    with pytest.raises(NotPermitted):
        await office.domains.all(owner)
    with pytest.raises(NotPermitted):
        await office.domains.report(owner, DOMAIN)
    with pytest.raises(NotPermitted):
        await office.domains.change(owner, DOMAIN, DomainChanges(quota="1GB"))
    with pytest.raises(NotPermitted):
        await office.domains.rename(owner, DOMAIN, "example.org")
    with pytest.raises(NotPermitted):
        await office.domains.remove(owner, DOMAIN)


async def test_a_domain_with_addresses_cannot_be_removed(office: Office) -> None:
    await office.add("alice")
    with pytest.raises(Refused, match="1 addresses"):
        await office.domains.remove(OPERATOR, DOMAIN)
    await office.accounts.remove(OPERATOR, f"alice@{DOMAIN}", now=True)
    await office.domains.remove(OPERATOR, DOMAIN)
    with pytest.raises(NotFound):
        await office.domains.report(OPERATOR, DOMAIN)


async def test_what_is_set_for_a_domain_holds_for_its_new_accounts(office: Office) -> None:
    await office.domains.change(OPERATOR, DOMAIN, DomainChanges(quota="2 GB", password_policy=False))
    await office.parts.settings.refresh()
    alice = await office.add("alice")
    assert alice.quota_octets == 2_000_000_000
    report = await office.domains.report(OPERATOR, DOMAIN)
    assert report.settings == {QUOTA_OCTETS.key: 2_000_000_000, "auth.password_policy": False}
    assert (report.accounts, report.aliases) == (1, 0)
    with pytest.raises(Invalid, match="no size"):
        await office.domains.change(OPERATOR, DOMAIN, DomainChanges(quota="much"))


async def test_a_renamed_domain_takes_everything_along(office: Office) -> None:
    alice = await office.add("alice")
    await office.domains.add(OPERATOR, "other.test")
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [f"alice@{DOMAIN}", "fred@example.org"])
    await office.aliases.add(OPERATOR, "info@other.test", [f"sales@{DOMAIN}"])
    await office.domains.change(OPERATOR, DOMAIN, DomainChanges(quota="2GB"))
    renamed = await office.domains.rename(OPERATOR, DOMAIN, "New.test")
    assert (renamed.key, renamed.name) == ("new.test", "New.test")
    directory = office.parts.directory
    moved = await directory.account_at("alice@new.test")
    assert moved is not None
    assert (moved.id, moved.address, moved.domain) == (alice.id, "alice@New.test", "new.test")
    assert await directory.account_at(f"alice@{DOMAIN}") is None
    sales, info = await directory.alias("sales@new.test"), await directory.alias("info@other.test")
    assert sales is not None
    assert info is not None
    assert sales.targets == ("alice@New.test", "fred@example.org")
    assert info.targets == ("sales@New.test",)
    assert [alias.key for alias in await directory.aliases_to("alice@new.test")] == ["sales@new.test"]
    assert await directory.aliases_to(f"alice@{DOMAIN}") == []
    assert (await office.domains.report(OPERATOR, "new.test")).settings == {QUOTA_OCTETS.key: 2_000_000_000}
    with pytest.raises(NotFound):
        await office.domains.report(OPERATOR, DOMAIN)


async def test_a_domain_is_not_renamed_onto_another(office: Office) -> None:
    await office.domains.add(OPERATOR, "other.test")
    with pytest.raises(AlreadyExists):
        await office.domains.rename(OPERATOR, DOMAIN, "other.test")
    assert (await office.domains.rename(OPERATOR, DOMAIN, "Example.Test")).key == DOMAIN


async def test_a_domain_stands_for_another(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.domains.add(OPERATOR, "example.org", DOMAIN)
    assert made.stands_for == DOMAIN
    assert await office.parts.directory.domain_keys("example.org") != []
    sales = await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", ["alice@EXAMPLE.org", f"alice@{DOMAIN}"])
    assert sales.targets == (f"alice@{DOMAIN}",)
    assert (await office.aliases.get(OPERATOR, "sales@example.org")).key == sales.key
    assert (await office.accounts.report(OPERATOR, "alice@example.org")).account.id == alice.id
    with pytest.raises(Refused, match="stands for"):
        await office.accounts.add(OPERATOR, NewAccount(address="bob@example.org", password=None))
    assert (await office.domains.report(OPERATOR, DOMAIN)).stood_for_by == ("example.org",)
    await office.domains.change(OPERATOR, "example.org", DomainChanges(stands_for=""))
    with pytest.raises(NotFound):
        await office.accounts.report(OPERATOR, "alice@example.org")


async def test_who_administers_the_other_name_only_administers_nothing_behind_it(office: Office) -> None:
    await office.add("alice")
    await office.domains.add(OPERATOR, "example.org", DOMAIN)
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [f"alice@{DOMAIN}"])
    stranger = Principal(AccountId(bytes(15) + b"1"), "x@example.org", Role.DOMAIN_ADMINISTRATOR, reach=("example.org",))
    with pytest.raises(NotPermitted):
        await office.accounts.suspend(stranger, "alice@example.org")
    with pytest.raises(NotPermitted):
        await office.aliases.remove(stranger, "sales@example.org")


async def test_limits_are_the_houses_to_set_and_say_what_there_is(office: Office) -> None:
    admin = Principal(AccountId(bytes(15) + b"1"), f"x@{DOMAIN}", Role.DOMAIN_ADMINISTRATOR, reach=(DOMAIN,))
    with pytest.raises(NotPermitted):
        await office.domains.change(admin, DOMAIN, DomainChanges(mailboxes=1))
    with pytest.raises(NotPermitted):
        await office.domains.suspend(admin, DOMAIN)
    await office.domains.change(admin, DOMAIN, DomainChanges(title="Example", refused_services=(Service.POP3,), language="de-AT"))
    await office.domains.change(OPERATOR, DOMAIN, DomainChanges(mailboxes=1, largest_quota_octets=1_000_000))
    domain = (await office.domains.report(admin, DOMAIN)).domain
    assert (domain.branding.title, domain.refused_services, domain.language) == ("Example", (Service.POP3,), "de")
    alice = await office.accounts.add(OPERATOR, NewAccount(address=f"alice@{DOMAIN}", password=None))
    assert (alice.quota_octets, alice.language) == (1_000_000, "de")
    with pytest.raises(Refused, match="1 mailboxes of at most 1"):
        await office.add("bob")
    with pytest.raises(Refused, match="2000000 octets is more"):
        await office.accounts.change(OPERATOR, alice.address, AccountChanges(quota_octets=2_000_000))
    assert (await office.parts.accounts.quota(alice.id)).octets == 0


async def test_a_suspended_domain_is_used_again(office: Office) -> None:
    assert (await office.domains.suspend(OPERATOR, DOMAIN)).status is Status.SUSPENDED
    assert (await office.domains.resume(OPERATOR, DOMAIN)).status is Status.ACTIVE
    assert (await office.domains.all(OPERATOR))[0].status is Status.ACTIVE


@pytest.mark.parametrize(
    "changes",
    [
        DomainChanges(color="red"),
        DomainChanges(logo_url="http://example.org/logo.png"),
        DomainChanges(logo_url="https://"),
        DomainChanges(logo=b"<svg>"),
        DomainChanges(logo=b"GIF8" + bytes(65_536)),
        DomainChanges(title="a\nb"),
        DomainChanges(footer="a\0b"),
        DomainChanges(language="tlh"),
        DomainChanges(mailboxes=-1),
    ],
)
async def test_what_a_domain_cannot_look_like_is_refused(office: Office, changes: DomainChanges) -> None:
    with pytest.raises(Invalid):
        await office.domains.change(OPERATOR, DOMAIN, changes)
