"""The queues of the house, changed by hand."""

import pytest
from tests.support.administration import OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.foundation.ids import AccountId, DeliveryId, QueueId, TraceId, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient, RecipientState, Wanted
from posthouse.model.principal import Principal
from posthouse.services.administer import queue as module
from posthouse.services.administer.queue import QueueControl

OCTETS = b"Subject: x\r\n\r\nhello\r\n"


async def _enqueue(office: Office, number: int, *addresses: str) -> str:
    queue_id = QueueId(number.to_bytes(16, "big"))
    recipients = tuple(
        Recipient(address, delivery_id=DeliveryId(b"%015d%c" % (number, index)), destination=address.rpartition("@")[2])
        for index, address in enumerate(addresses)
    )
    message = QueuedMessage(
        queue_id, TraceId(b"t" * 16), f"sender{number}@example.test", Content(OCTETS), recipients, office.clock.now()
    )
    await office.queue.enqueue(message)
    return to_text(queue_id)


async def test_all_queues_are_one_and_every_recipient_a_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    control = QueueControl({0: office.queue}, office.parts.recorder)
    await _enqueue(office, 1, "a@x.test", "b@x.test", "c@x.test")
    await _enqueue(office, 2, "d@y.test")
    await _enqueue(office, 3, "e@y.test", "f@y.test", "g@y.test", "h@y.test", "i@y.test")
    rows = await control.all(OPERATOR)
    assert "".join(row.address[0] for row in rows) == "abcdefghi"
    assert [row.address for row in await control.all(OPERATOR, Wanted("x.test"))] == ["a@x.test", "b@x.test", "c@x.test"]
    assert [row.address for row in await control.all(OPERATOR, Wanted("sender2@"))] == ["d@y.test"]


async def test_holding_releasing_and_throwing_away(office: Office) -> None:
    control = QueueControl({0: office.queue}, office.parts.recorder)
    first = await _enqueue(office, 1, "a@x.test", "b@x.test")
    second = await _enqueue(office, 2, "c@x.test")
    assert await control.change(OPERATOR, "hold", [first], "a@x.test") == 1
    assert [row.address for row in await control.all(OPERATOR, Wanted(state=RecipientState.HELD))] == ["a@x.test"]
    assert await control.change_all(OPERATOR, "hold", Wanted()) == 2
    assert await control.change_all(OPERATOR, "release", Wanted("c@x")) == 1
    assert await control.change(OPERATOR, "purge", [first, second]) == 3
    assert await control.all(OPERATOR) == []


async def test_another_way(office: Office) -> None:
    control = QueueControl({0: office.queue}, office.parts.recorder)
    message = await _enqueue(office, 1, "a@x.test")
    assert await control.change(OPERATOR, "reroute", [message], argument="backup.test") == 1
    (row,) = await control.all(OPERATOR)
    assert row.destination == "backup.test"
    assert await control.change_all(OPERATOR, "reroute", Wanted("a@x"), "smtp://Backup.test:26") == 1
    (row,) = await control.all(OPERATOR)
    assert row.destination == "smtp://Backup.test:26"
    for wrong in ("smtp://user:secret@backup.test:587", "gopher://x", "no domain", ""):
        with pytest.raises(Invalid) as caught:
            await control.change(OPERATOR, "reroute", [message], argument=wrong)
        assert "secret" not in str(caught.value)


async def test_looking_at_one(office: Office) -> None:
    control = QueueControl({0: office.queue}, office.parts.recorder)
    await _enqueue(office, 1, "x@x.test")
    message = await _enqueue(office, 2, "a@x.test", "b@x.test")
    report = await control.report(OPERATOR, message)
    assert [row.address for row in report.rows] == ["a@x.test", "b@x.test"]
    assert report.message.reverse_path == "sender2@example.test"
    assert await control.read(OPERATOR, message) == OCTETS


async def test_what_is_not_there(office: Office) -> None:
    control = QueueControl({0: office.queue}, office.parts.recorder)
    there = await _enqueue(office, 1, "a@x.test")
    with pytest.raises(Invalid, match="no id"):
        await control.report(OPERATOR, "xyz")
    with pytest.raises(NotFound):
        await control.report(OPERATOR, to_text(bytes(16)))
    with pytest.raises(NotFound):
        await control.change(OPERATOR, "hold", [there, to_text(b"\xff" * 16)])
    assert await control.all(OPERATOR, Wanted(state=RecipientState.HELD)) == []
    with pytest.raises(NotPermitted):
        await control.all(Principal(AccountId(b"a" * 16), "alice@example.test"))
