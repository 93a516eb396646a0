"""Messages from the machine itself."""

from pathlib import Path

import pytest
from tests.support.mail_house import DOMAIN, mail_house

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, TooLarge
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS
from posthouse.services.from_inside.deposit import Depositor

OPERATOR = Principal(AccountId(bytes(16)), "operator", Role.OPERATOR)


async def test_a_message_is_in_its_mailbox_when_the_call_returns(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        depositor = Depositor(house.receiver, house.settings)
        done = await depositor.deposit(OPERATOR, f"alice@{DOMAIN}", [b"From x@y Thu\n", b"Subject: hi\n", b"\nhello\n"])
        assert done.delivered
        (octets,) = await house.inbox("alice")
        assert octets.startswith(b"Return-Path: <>\r\nReceived: from localhost\r\n")
        assert done.trace_id.encode() in octets
        assert octets.endswith(b"Subject: hi\r\n\r\nhello\r\n")
        assert b"From x@y" not in octets
        assert {event.subject for event in house.trace.events} == {f"alice@{DOMAIN}"}


async def test_a_large_one_goes_through_the_spool(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        body = [b"Subject: large\n\n", *[b"x" * 70 + b"\n"] * 5_000]
        await Depositor(house.receiver, house.settings).deposit(OPERATOR, f"bob@{DOMAIN}", body, f"alice@{DOMAIN}")
        (octets,) = await house.inbox("bob")
        assert octets.endswith(b"x" * 70 + b"\r\n")
        assert octets.startswith(f"Return-Path: <alice@{DOMAIN}>".encode())
        assert list((tmp_path / "spool").iterdir()) == []


async def test_what_several_people_get_waits_in_the_queue(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        await house.alias("all", f"alice@{DOMAIN}", f"bob@{DOMAIN}")
        done = await Depositor(house.receiver, house.settings).deposit(OPERATOR, f"all@{DOMAIN}", [b"Subject: x\n\nx\n"])
        assert not done.delivered
        rows = await house.queue.rows()
        assert len(rows) == 2
        octets = await house.queue.read(rows[0].id)
        assert f"for <all@{DOMAIN}>".encode() in octets  # whom else the alias reaches is nobody's business
        assert b"alice" not in octets


async def test_what_is_not_taken_leaves_nothing_behind(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        await house.set(SMTP_MESSAGE_OCTETS, 65_536)
        depositor = Depositor(house.receiver, house.settings)
        with pytest.raises(Invalid, match="no message"):
            await depositor.deposit(OPERATOR, f"alice@{DOMAIN}", [])
        with pytest.raises(TooLarge):
            await depositor.deposit(OPERATOR, f"alice@{DOMAIN}", [b"x" * 40_000] * 4)
        with pytest.raises(NotFound):
            await depositor.deposit(OPERATOR, f"nobody@{DOMAIN}", [b"x"])
        with pytest.raises(NotPermitted):
            await depositor.deposit(OPERATOR, "a@example.org", [b"x"])
        with pytest.raises(Invalid):
            await depositor.deposit(OPERATOR, "nonsense", [b"x"])
        with pytest.raises(NotPermitted):
            await depositor.deposit(await house.principal("alice"), f"alice@{DOMAIN}", [b"x"])
        assert await house.inbox("alice") == []
        assert house.budget.free == house.budget.total
        assert list((tmp_path / "spool").iterdir()) == []
