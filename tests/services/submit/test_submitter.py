"""Who may send as whom, and what becomes of a submission."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, mail_house

from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted
from posthouse.services.submit.identity import Identity

CLIENT = Client("192.0.2.7", "phone", "ESMTPSA")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.alias("sales", "alice@example.test", "bob@example.test")
        yield made


async def submission(house: MailHouse, octets: bytes, *recipients: str, sender: str = "alice@example.test") -> Reception:
    principal = await house.principal("alice")
    path = parse_mailbox(sender) if sender else None
    made = await house.submitter.begin(principal, CLIENT, Sender(path))
    for recipient in recipients or ("bob@example.test",):
        await house.submitter.add_recipient(made, Wanted(parse_mailbox(recipient)))
    made.intake.add(octets)
    return made


@pytest.mark.parametrize("address", ["alice@example.test", "ALICE@Example.Test", "alice+shop@example.test", "sales@example.test"])
async def test_own_addresses(house: MailHouse, address: str) -> None:
    await Identity(house.directory).require(await house.principal("alice"), parse_mailbox(address), "From")


@pytest.mark.parametrize("address", ["bob@example.test", "alice@elsewhere.example", "nobody@example.test", "a@[IPv6:::1]"])
async def test_other_peoples_addresses(house: MailHouse, address: str) -> None:
    with pytest.raises(NotPermitted, match=r"alice@example\.test may not send as"):
        await Identity(house.directory).require(await house.principal("alice"), parse_mailbox(address), "From")


async def test_envelope_sender(house: MailHouse) -> None:
    with pytest.raises(NotPermitted, match="envelope sender"):
        await submission(house, b"", sender="bob@example.test")
    await submission(house, b"", sender="")


async def test_recipients(house: MailHouse) -> None:
    await submission(house, b"", "anybody@elsewhere.example")
    with pytest.raises(NotFound):
        await submission(house, b"", "nobody@example.test")


async def test_to_one_of_us_it_is_delivered_at_once(house: MailHouse) -> None:
    made = await submission(house, b"Bcc: bob@example.test\r\nSubject: x\r\n\r\ntext\r\n")
    assert await house.submitter.accept(made) is True
    (shown,) = await house.inbox("bob")
    assert b"From: <alice@example.test>\r\n" in shown
    assert b"with ESMTPSA id" in shown
    assert b"Bcc" not in shown


async def test_to_others_it_waits_in_the_queue(house: MailHouse) -> None:
    made = await submission(house, b"From: sales@example.test\r\n\r\ntext\r\n", "a@elsewhere.example", "bob@example.test")
    assert await house.submitter.accept(made) is False
    assert {row.destination for row in await house.queue.rows()} == {"elsewhere.example", "local"}


@pytest.mark.parametrize(
    ("author", "error"),
    [(b"bob@example.test", NotPermitted), (b"alice@example.test, bob@example.test", NotPermitted), (b"alice", Invalid)],
)
async def test_header_from(house: MailHouse, author: bytes, error: type[Exception]) -> None:
    made = await submission(house, b"From: " + author + b"\r\n\r\ntext\r\n")
    with pytest.raises(error):
        await house.submitter.accept(made)
    assert await house.inbox("bob") == []
