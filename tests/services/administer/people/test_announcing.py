"""Writing to many, once each."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.services.administer.people import announcing
from posthouse.services.administer.people.announcing import Announcement, Announcing
from posthouse.services.administer.traffic.groups import GroupChanges, Groups


async def test_everybody_of_a_domain_once_whatever_is_repeated(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "PAGE", 2)
    await office.domains.add(OPERATOR, "other.test")
    for name in ("alice", "bob", "carol"):
        await office.add(name)
    verbs = Announcing(office.parts, {0: office.queue})
    told: list[int] = []
    letter = Announcement(DOMAIN, "Maintenance – 维护", "On Sunday.")
    assert await verbs.send(OPERATOR, letter, told.append) == 3
    assert told == [2, 3]
    office.clock.advance(60)
    assert await verbs.send(OPERATOR, letter) == 3
    rows = await office.queue.rows()
    assert sorted(row.address for row in rows) == [f"{name}@{DOMAIN}" for name in ("alice", "bob", "carol")]
    octets = await office.queue.read(rows[0].id)
    assert b"From: postmaster@example.test\r\n" in octets
    assert b"Auto-Submitted: auto-generated\r\n" in octets
    assert (await office.queue.message(rows[0].id)).reverse_path == ""
    assert await verbs.send(OPERATOR, Announcement("other.test", "x", "y")) == 0
    assert await verbs.send(OPERATOR, Announcement("all", "x", "y")) == 3


async def test_a_group_is_written_to_as_one(office: Office) -> None:
    await office.add("alice")
    await Groups(office.parts).add(OPERATOR, f"staff@{DOMAIN}", [f"alice@{DOMAIN}"], GroupChanges())
    verbs = Announcing(office.parts, {0: office.queue})
    assert await verbs.send(OPERATOR, Announcement(f"staff@{DOMAIN}", "x", "y")) == 1
    (row,) = await office.queue.rows()
    assert (row.address, row.destination) == (f"staff@{DOMAIN}", "groups")
    with pytest.raises(NotFound, match="no group"):
        await verbs.send(OPERATOR, Announcement(f"alice@{DOMAIN}", "x", "y"))
    for wrong in (Announcement("all", " ", "y"), Announcement("all", "x", ""), Announcement("all", "x" * 201, "y")):
        with pytest.raises(Invalid):
            await verbs.send(OPERATOR, wrong)
