"""Who is in a group, and who may write to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotPermitted
from posthouse.model.traffic.group import Posting
from posthouse.services.administer.traffic.groups import GroupChanges, Groups
from posthouse.services.groups.membership import groups_of
from posthouse.services.groups.posting import require_posting

STAFF = f"staff@{DOMAIN}"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        for name in ("alice", "bob"):
            await made.add(name)
        yield made


async def group(office: Office, address: str, *members: str, **changes: object) -> None:
    await Groups(office.parts).add(OPERATOR, address, members, GroupChanges(**changes))  # type: ignore[arg-type]  # as each test says


async def may(office: Office, address: str, sender: str, *, signed_in: bool = True) -> bool:
    report = await Groups(office.parts).get(OPERATOR, address)
    local_part, _, domain = sender.rpartition("@")
    found = Address(local_part, domain) if sender else None
    try:
        await require_posting(office.parts.directory, report.group, report.account, found, signed_in=signed_in)
    except NotPermitted:
        return False
    return True


async def test_membership_goes_through_groups_of_groups_and_patterns(office: Office) -> None:
    await group(office, STAFF, "*@example.test", precedence=1)
    await group(office, f"all@{DOMAIN}", STAFF, f"all@{DOMAIN}")
    await group(office, f"b-names@{DOMAIN}", "b*@example.test", precedence=5)
    await group(office, f"others@{DOMAIN}", "carol@example.test", "b*@elsewhere.example")
    bob = await office.parts.directory.account_at(f"bob@{DOMAIN}")
    assert bob is not None
    reports = {report.group.id: report.account.address for report in await Groups(office.parts).all(OPERATOR)}
    found = [reports[each.id] for each in await groups_of(office.parts.directory, bob.id)]
    assert found[:2] == [f"b-names@{DOMAIN}", STAFF]
    assert set(found) == {f"b-names@{DOMAIN}", STAFF, f"all@{DOMAIN}"}


async def test_a_renamed_member_stays_one(office: Office) -> None:
    await group(office, STAFF, f"ALICE@{DOMAIN}", f"bob@{DOMAIN}")
    await office.accounts.rename(OPERATOR, f"alice@{DOMAIN}", f"anne@{DOMAIN}")
    assert (await Groups(office.parts).get(OPERATOR, STAFF)).group.members == (f"anne@{DOMAIN}", f"bob@{DOMAIN}")


@pytest.mark.parametrize(
    ("posting", "sender", "signed_in", "allowed"),
    [
        (Posting.ALL, "", False, True),
        (Posting.ALL, "eve@x.example", False, True),
        (Posting.LOCAL, "bob@example.test", True, True),
        (Posting.LOCAL, "bob@example.test", False, False),
        (Posting.LOCAL, "eve@x.example", True, False),
        (Posting.DOMAIN, "bob@example.test", True, True),
        (Posting.AUTHENTICATED, "eve@x.example", True, True),
        (Posting.AUTHENTICATED, "eve@x.example", False, False),
        (Posting.MEMBERS, "alice@example.test", True, True),
        (Posting.MEMBERS, "alice+list@example.test", True, True),
        (Posting.MEMBERS, "bob@example.test", True, False),
        (Posting.MEMBERS, "carol@x.example", False, True),
        (Posting.MEMBERS, "", True, False),
        (Posting.NAMED, "alice@example.test", True, False),
        (Posting.NAMED, "dan@friends.example", False, True),
        (Posting.NAMED, "dan@enemies.example", False, False),
    ],
)
async def test_who_may_write(office: Office, posting: Posting, sender: str, signed_in: bool, allowed: bool) -> None:
    members = (f"alice@{DOMAIN}", "carol@x.example")
    await group(office, STAFF, *members, posting=posting, posters=("*@friends.example",))
    assert await may(office, STAFF, sender, signed_in=signed_in) == allowed
