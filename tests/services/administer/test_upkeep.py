"""Verifying and reindexing."""

import pytest
from tests.support.administration import OPERATOR, Office
from tests.support.mail_house import RecordingTrace

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.principal import Principal, Role
from posthouse.services.administer.upkeep import Upkeep, find_trace


async def test_whole_accounts_have_no_faults(office: Office) -> None:
    alice = await office.add("alice")
    await office.add("bob")
    inbox = (await office.parts.accounts.mailboxes(alice.id))[0]
    await office.parts.accounts.append(alice.id, inbox.id, [Append(Content(b"Subject: x\r\n\r\nx\r\n"), 1.0)] * 3)
    upkeep = Upkeep(office.parts)
    assert [(each.address, each.faults) for each in await upkeep.verify_all(OPERATOR)] == [
        ("alice@example.test", ()),
        ("bob@example.test", ()),
    ]
    assert await upkeep.reindex(OPERATOR, alice.address) == 3
    with pytest.raises(NotFound):
        await upkeep.verify(OPERATOR, "nobody@example.test")


async def test_only_operators_look_after_accounts(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    for refused in (Upkeep(office.parts).verify_all(owner), Upkeep(office.parts).reindex(owner, alice.address)):
        with pytest.raises(NotPermitted):
            await refused
    with pytest.raises(NotPermitted):
        await find_trace(owner, RecordingTrace(), alice.address)
    assert await find_trace(OPERATOR, RecordingTrace(), " <x@y> ") == []
