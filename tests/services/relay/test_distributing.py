"""Sending on what comes to a group."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.account import OwnerKind
from posthouse.model.content import Content, assemble
from posthouse.model.delivery import Notify, QueuedMessage, Recipient
from posthouse.model.traffic.group import Group
from posthouse.services.receive.acceptance import GROUPS, LOCAL
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.relay import distributing
from posthouse.services.relay.answer import Answer, Fate
from posthouse.services.relay.distributing import Distributing, DistributingParts, addressed

OCTETS = (
    b"From: eve@x.example\r\nTo: staff@example.test,\r\n bob@example.test\r\nSubject: hi\r\nCc: c@x.example\r\n\r\nTo: body\r\n"
)
STAFF = f"staff@{DOMAIN}"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def make(house: MailHouse, name: str, *members: str, **more: object) -> None:
    account = replace(await house.add(name), kind=OwnerKind.GROUP)
    await house.directory.replace_account(account)
    await house.directory.put_group(Group(account.id, members, **more))  # type: ignore[arg-type]  # spelled out in each test


async def deliver(house: MailHouse, sender: str = "eve@x.example", notify: int = 0) -> Answer:
    recipient = Recipient(STAFF, notify=notify, delivery_id=DeliveryId(b"d" * 16), destination=GROUPS)
    message = QueuedMessage(QueueId(b"q" * 16), TraceId(b"t" * 16), sender, Content(OCTETS), (recipient,), 1.0, envelope_id="E")
    await house.queue.enqueue(message)
    parts = DistributingParts(house.directory, house.queue, Forwarding(house.vault.keyed, house.clock), "mx.example.test")
    (answer,) = await Distributing(parts).deliver(message)
    return answer


async def test_everybody_gets_it_once_with_ids_that_stay(house: MailHouse) -> None:
    await make(house, "inner", f"bob@{DOMAIN}", STAFF)
    await make(house, "staff", f"Alice@{DOMAIN}", f"inner@{DOMAIN}", "x@elsewhere.example", f"gone@{DOMAIN}", keeps_copy=True)
    first, again = [await deliver(house, notify=Notify.SUCCESS | Notify.FAILURE) for _ in range(2)]
    assert first == again
    assert (first.fate, first.text) == (Fate.DELIVERED, "sent on to 4 members")
    (child,) = first.caused
    found = {recipient.address: recipient for recipient in child.recipients}
    assert {name: recipient.destination for name, recipient in found.items()} == {
        STAFF: LOCAL,
        f"alice@{DOMAIN}": LOCAL,
        f"bob@{DOMAIN}": LOCAL,
        "x@elsewhere.example": "elsewhere.example",
    }
    assert {recipient.final_recipient for recipient in child.recipients} == {STAFF}
    assert {recipient.notify for recipient in child.recipients} == {Notify.FAILURE}
    assert len({recipient.delivery_id for recipient in child.recipients}) == 4
    assert child.forward_path.endswith(f"@{DOMAIN}")
    assert child.content == Content(OCTETS)


async def test_mail_of_our_own_people_keeps_its_sender(house: MailHouse) -> None:
    await make(house, "staff", "x@elsewhere.example")
    (child,) = (await deliver(house, f"bob@{DOMAIN}")).caused
    assert (child.reverse_path, child.forward_path) == (f"bob@{DOMAIN}", "")


async def test_many_members_are_several_messages(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributing, "TOGETHER", 2)
    monkeypatch.setattr(distributing, "PAGE", 2)
    await make(house, "staff", f"*@{DOMAIN}", f"a*@{DOMAIN}", "x@y.example")
    children = (await deliver(house)).caused
    assert [len(child.recipients) for child in children] == [2, 2]
    names = [recipient.address for child in children for recipient in child.recipients]
    assert sorted(names) == sorted([f"admin@{DOMAIN}", f"alice@{DOMAIN}", f"bob@{DOMAIN}", "x@y.example"])
    assert len({child.id for child in children}) == 2


async def test_each_alone(house: MailHouse) -> None:
    await make(house, "staff", f"alice@{DOMAIN}", f"bob@{DOMAIN}", personal=True)
    children = (await deliver(house)).caused
    assert [child.recipients[0].address for child in children] == [f"alice@{DOMAIN}", f"bob@{DOMAIN}"]
    content = children[0].content
    assert assemble(OCTETS, content.pieces) == (
        b"To: <alice@example.test>\r\nFrom: eve@x.example\r\nSubject: hi\r\n\r\nTo: body\r\n"
    )


def test_what_was_put_in_front_stays() -> None:
    content = addressed(
        Content(b"To: a@x\r\n\r\nx\r\n").with_prefix(b"Received: y\r\n"), b"Received: y\r\nTo: a@x\r\n\r\nx\r\n", "b@x"
    )
    assert assemble(b"To: a@x\r\n\r\nx\r\n", content.pieces) == b"To: <b@x>\r\nReceived: y\r\n\r\nx\r\n"


async def test_a_group_that_is_gone(house: MailHouse) -> None:
    answer = await deliver(house)
    assert (answer.fate, answer.status) == (Fate.NEVER, "5.1.1")
    await house.add("staff")
    assert "does not exist any more" in (await deliver(house)).text


async def test_more_than_there_can_be_is_told(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributing, "MEMBERS", 1)
    await make(house, "staff", f"alice@{DOMAIN}", f"bob@{DOMAIN}")
    answer = await deliver(house)
    assert answer.text == "sent on to 1 members; the rest is left out, 1 are the most there can be"
