"""Verifying and reindexing."""

import pytest
from tests.support.administration import OPERATOR, Office
from tests.support.mail_house import RecordingTrace

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer.upkeep import Reindexed, Step, Upkeep, find_trace


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
    steps: list[Step] = []
    assert await upkeep.reindex(OPERATOR, alice.address, steps.append) == Reindexed(alice.address, 3)
    assert steps == [Step(alice.address, 1, 1), Step(alice.address, 1, 1, 3)]
    steps.clear()
    assert [each.messages for each in await upkeep.reindex_all(OPERATOR, steps.append)] == [3, 0]
    await upkeep.verify_all(OPERATOR, steps.append)
    assert [(step.address, step.account, step.accounts, step.messages) for step in steps] == [
        ("alice@example.test", 1, 2, 0),
        ("alice@example.test", 1, 2, 3),
        ("bob@example.test", 2, 2, 0),
        ("alice@example.test", 1, 2, 0),
        ("bob@example.test", 2, 2, 0),
    ]
    await office.parts.accounts.destroy(alice.id)
    broken, whole = await upkeep.verify_all(OPERATOR)
    assert (broken.faults[0].what, whole.faults) == ("the account cannot be verified", ())
    assert [(each.messages, bool(each.trouble)) for each in await upkeep.reindex_all(OPERATOR)] == [(0, True), (0, False)]
    with pytest.raises(NotFound):
        await upkeep.verify(OPERATOR, "nobody@example.test")


async def test_only_operators_look_after_accounts(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    upkeep = Upkeep(office.parts)
    for refused in (upkeep.verify_all(owner), upkeep.reindex(owner, alice.address), upkeep.reindex_all(owner)):
        with pytest.raises(NotPermitted):
            await refused
    with pytest.raises(NotPermitted):
        await find_trace(owner, RecordingTrace(), office.parts.recorder, alice.address)
    assert await find_trace(OPERATOR, RecordingTrace(), office.parts.recorder, " <x@y> ") == []
