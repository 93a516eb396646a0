"""Domains: making, renaming, removing."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, Invalid, NotFound, NotPermitted, Refused
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings import QUOTA_OCTETS
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
    await office.accounts.remove(OPERATOR, f"alice@{DOMAIN}")
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
