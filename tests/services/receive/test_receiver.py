"""From the envelope to the commit: which one, and what is kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import LimitReached, NotFound, OutOfSpace, OverQuota, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.delivery import Delivered, Delivery, Notify
from posthouse.model.settings.receiving import SMTP_HOPS, SMTP_RECIPIENTS
from posthouse.services.receive.acceptance import LOCAL, Acceptance
from posthouse.services.receive.receiver import LoopingMessage, Receiver
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted

CLIENT = Client("192.0.2.7", "mail.example.org", "ESMTP")
SENDER = Sender(Address("eve", "elsewhere.example"), return_content="FULL", envelope_id="QQ1")
MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def reception(house: MailHouse, *names: str, octets: bytes = MESSAGE, notify: int = 0) -> Reception:
    made = house.receiver.begin(CLIENT, SENDER)
    for name in names:
        await house.receiver.add_recipient(made, Wanted(Address(name, DOMAIN), "rfc822;x@y", notify))
    if made.intake.add(octets):
        await made.intake.relieve()
    return made


async def test_one_local_account_is_one_commit_there(house: MailHouse) -> None:
    made = await reception(house, "alice")
    assert await house.receiver.accept(made) is True
    (shown,) = await house.inbox("alice")
    assert shown.startswith(b"Return-Path: <eve@elsewhere.example>\r\nReceived: from mail.example.org ([192.0.2.7])\r\n")
    assert b"for <alice@example.test>;" in shown
    assert shown.endswith(MESSAGE)
    assert await house.queue.rows() == []
    events = await house.trace.find("alice@example.test")
    assert [event.step for event in events] == ["delivered"]


async def test_two_spellings_of_one_account_are_one_delivery(house: MailHouse) -> None:
    await house.alias("ally", "alice@example.test")
    made = await reception(house, "alice", "ally", "alice+x")
    assert await house.receiver.accept(made) is True
    assert len(await house.inbox("alice")) == 1


async def test_everything_else_is_one_commit_of_the_queue(house: MailHouse) -> None:
    await house.alias("away", "carol@elsewhere.example", "álice@exämple.test")
    made = await reception(house, "alice", "bob", "away")
    assert await house.receiver.accept(made) is False
    rows = await house.queue.rows()
    assert {(row.address, row.destination) for row in rows} == {
        ("alice@example.test", LOCAL),
        ("bob@example.test", LOCAL),
        ("carol@elsewhere.example", "elsewhere.example"),
        ("álice@exämple.test", "xn--exmple-cua.test"),
    }
    message = await house.queue.message(rows[0].id)
    assert (message.return_content, message.envelope_id, message.reverse_path) == ("FULL", "QQ1", "eve@elsewhere.example")
    assert message.recipients[2].final_recipient == "away@example.test"
    assert message.recipients[0].original_recipient == "rfc822;x@y"
    assert len({recipient.delivery_id for recipient in message.recipients}) == 4
    shown = await house.queue.read(message.id)
    assert shown.startswith(b"Delivered-To: away@example.test\r\nReceived: ")
    assert b"for <" not in shown
    record = msgspec.json.decode(message.record)
    assert record["sender"] == "eve@elsewhere.example"
    assert record["recipients"] == ["alice@example.test", "bob@example.test", "away@example.test"]


async def test_a_success_notice_is_something_else_to_do(house: MailHouse) -> None:
    made = await reception(house, "alice", notify=Notify.SUCCESS)
    assert await house.receiver.accept(made) is False
    assert len(await house.queue.rows()) == 1


async def test_large_bodies(house: MailHouse) -> None:
    octets = MESSAGE + b"x" * INLINE_BODY_OCTETS * 3
    for names in (("alice",), ("alice", "bob")):
        made = await reception(house, *names, octets=octets)
        await house.receiver.accept(made)
        await made.intake.discard()
    (shown,) = await house.inbox("alice")
    assert shown.endswith(octets)
    (row, _) = await house.queue.rows()
    assert (await house.queue.read(row.id)).endswith(octets)
    assert not list((house.folder / "spool").iterdir())
    assert house.budget.free == house.budget.total


async def test_bounds(house: MailHouse) -> None:
    await house.set(SMTP_RECIPIENTS, 100)
    made = await reception(house, *(f"alice+{number}" for number in range(100)))
    with pytest.raises(LimitReached):
        await house.receiver.add_recipient(made, Wanted(Address("bob", DOMAIN)))
    hops = b"Received: x\r\n" * 33
    looping = await reception(house, "alice", octets=hops + MESSAGE)
    with pytest.raises(LoopingMessage):
        await house.receiver.accept(looping)
    await house.set(SMTP_HOPS, 33)
    assert await house.receiver.accept(await reception(house, "alice", octets=hops + MESSAGE))


async def test_over_quota(house: MailHouse) -> None:
    await house.add("tiny", quota=100)
    with pytest.raises(OverQuota):
        await house.receiver.accept(await reception(house, "tiny"))
    assert await house.queue.rows() == []


async def test_lmtp_answers_for_each(house: MailHouse) -> None:
    await house.add("tiny", quota=100)
    made = await reception(house, "alice", "tiny", "bob")
    outcomes = await house.receiver.accept_each(made)
    assert [type(outcome) for outcome in outcomes] == [type(None), OverQuota, type(None)]
    assert len(await house.inbox("alice")) == len(await house.inbox("bob")) == 1
    assert await house.inbox("tiny") == []
    looping = await reception(house, "alice", "bob", octets=b"Received: x\r\n" * 33 + MESSAGE)
    assert [type(outcome) for outcome in await house.receiver.accept_each(looping)] == [LoopingMessage] * 2


class Failing:
    """An account store whose owner is away."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def deliver(self, account_id: AccountId, delivery: Delivery) -> Delivered:
        raise self._error


@pytest.mark.parametrize("error", [Unavailable("away"), NotFound("not made yet")])
async def test_an_account_that_is_away_waits_in_the_queue(house: MailHouse, error: Exception) -> None:
    receiver = Receiver(house.receiver._parts)
    receiver._acceptance = Acceptance(Failing(error), house.queue)  # type: ignore[arg-type]  # deliver is all it calls
    assert await receiver.accept(await reception(house, "alice")) is False
    assert len(await house.queue.rows()) == 1


async def test_a_full_disk_is_told(house: MailHouse) -> None:
    receiver = Receiver(house.receiver._parts)
    receiver._acceptance = Acceptance(Failing(OutOfSpace("full")), house.queue)  # type: ignore[arg-type]  # as above
    with pytest.raises(OutOfSpace):
        await receiver.accept(await reception(house, "alice"))
    assert await house.queue.rows() == []


async def test_refusals_are_remembered(house: MailHouse) -> None:
    made = await reception(house, "alice")
    house.receiver.refused(made, "no thanks")
    assert {(event.step, event.text) for event in house.trace.events} == {("refused", "no thanks")}
