"""Aliases: where they may lead."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, Invalid, NotFound, NotPermitted
from posthouse.model.principal import Principal
from posthouse.model.role import Role


async def test_an_alias_leads_to_any_number_of_addresses_here_and_elsewhere(office: Office) -> None:
    await office.add("alice")
    made = await office.aliases.add(
        OPERATOR, f"Sales@{DOMAIN}", [f"alice@{DOMAIN}", "Fred@Example.org", f"ALICE@{DOMAIN}", f"alice+sales@{DOMAIN}"]
    )
    assert made.address == f"sales@{DOMAIN}"
    assert made.targets == (f"alice@{DOMAIN}", "Fred@Example.org", f"alice+sales@{DOMAIN}")
    assert await office.aliases.get(OPERATOR, f"SALES@{DOMAIN}") == made


async def test_an_address_is_given_once(office: Office) -> None:
    await office.add("alice")
    with pytest.raises(AlreadyExists, match="a mailbox"):
        await office.aliases.add(OPERATOR, f"alice@{DOMAIN}", ["fred@example.org"])
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", ["fred@example.org"])
    with pytest.raises(AlreadyExists, match="alias"):
        await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", ["fred@example.org"])


async def test_no_way_leads_back(office: Office) -> None:
    with pytest.raises(Invalid, match="back to itself"):
        await office.aliases.add(OPERATOR, f"a@{DOMAIN}", [f"a@{DOMAIN}"])
    await office.aliases.add(OPERATOR, f"a@{DOMAIN}", ["fred@example.org"])
    await office.aliases.add(OPERATOR, f"b@{DOMAIN}", [f"a@{DOMAIN}"])
    await office.aliases.add(OPERATOR, f"c@{DOMAIN}", [f"b@{DOMAIN}", f"a@{DOMAIN}"])
    with pytest.raises(Invalid, match="back to itself"):
        await office.aliases.change(OPERATOR, f"a@{DOMAIN}", [f"c@{DOMAIN}"])
    assert (await office.aliases.get(OPERATOR, f"a@{DOMAIN}")).targets == ("fred@example.org",)


@pytest.mark.parametrize("targets", [[], ["nonsense"], ["a@-"], [f"x{n}@example.org" for n in range(1_001)]])
async def test_targets_no_alias_has(office: Office, targets: list[str]) -> None:
    with pytest.raises(Invalid):
        await office.aliases.add(OPERATOR, f"a@{DOMAIN}", targets)


async def test_a_target_of_ours_exists(office: Office) -> None:
    with pytest.raises(NotFound, match="make it first"):
        await office.aliases.add(OPERATOR, f"a@{DOMAIN}", [f"nobody@{DOMAIN}"])


async def test_changing_and_removing(office: Office) -> None:
    await office.aliases.add(OPERATOR, f"a@{DOMAIN}", ["fred@example.org"])
    changed = await office.aliases.change(OPERATOR, f"a@{DOMAIN}", ["eve@example.org"])
    assert changed.targets == ("eve@example.org",)
    assert await office.aliases.all(OPERATOR, DOMAIN) == [changed]
    await office.aliases.remove(OPERATOR, f"a@{DOMAIN}")
    with pytest.raises(NotFound):
        await office.aliases.remove(OPERATOR, f"a@{DOMAIN}")


async def test_only_operators_administer_aliases(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    with pytest.raises(NotPermitted):
        await office.aliases.add(owner, f"a@{DOMAIN}", [alice.address])
    with pytest.raises(NotPermitted):
        await office.aliases.all(owner)
    with pytest.raises(NotPermitted):
        await office.aliases.remove(owner, f"a@{DOMAIN}")
