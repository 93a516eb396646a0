"""Who may send as whom, and what becomes of a submission."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, mail_house

from posthouse.filters.greylist.deciding import Rules
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.foundation.ids import to_text
from posthouse.model.settings.people import SUBMIT_ALSO_FROM, SUBMIT_DELEGATES
from posthouse.model.sharing.rights import Grant, Right, user_identifier
from posthouse.ports.greylist import Encounter
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


def identity(house: MailHouse) -> Identity:
    return Identity(house.directory, house.accounts, house.settings)


@pytest.mark.parametrize("address", ["alice@example.test", "ALICE@Example.Test", "alice+shop@example.test", "sales@example.test"])
async def test_own_addresses(house: MailHouse, address: str) -> None:
    await identity(house).require(await house.principal("alice"), parse_mailbox(address), "From")


@pytest.mark.parametrize("address", ["bob@example.test", "alice@elsewhere.example", "nobody@example.test", "a@[IPv6:::1]"])
async def test_other_peoples_addresses(house: MailHouse, address: str) -> None:
    with pytest.raises(NotPermitted, match=r"alice@example\.test may not send as"):
        await identity(house).require(await house.principal("alice"), parse_mailbox(address), "From")


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


async def test_delegates_send_as_whom_they_work_for(house: MailHouse) -> None:
    alice, office = await house.principal("alice"), await house.add("office")
    address = parse_mailbox("office@example.test")
    with pytest.raises(NotPermitted):
        await identity(house).require(alice, address, "From")
    inbox = next(box for box in await house.accounts.mailboxes(office.id) if box.name == "INBOX")
    await house.accounts.put_grant(office.id, inbox.id, Grant(user_identifier(alice.account_id), int(Right.READ | Right.POST)))
    with pytest.raises(NotPermitted):  # who may read is no delegate
        await identity(house).require(alice, address, "From")
    await house.accounts.put_grant(office.id, inbox.id, Grant(user_identifier(alice.account_id), int(Right.ADMINISTER)))
    await identity(house).require(alice, address, "From")
    await house.accounts.put_grant(office.id, inbox.id, Grant(user_identifier(alice.account_id), 0))
    await house.directory.put_setting(
        f"account:{to_text(office.id)}", SUBMIT_DELEGATES.key, b'["Alice@example.test", "no address"]'
    )
    await house.settings.refresh()
    await identity(house).require(alice, address, "From")
    with pytest.raises(NotPermitted):
        await identity(house).require(await house.principal("bob"), address, "From")


async def test_rules_of_a_domain(house: MailHouse) -> None:
    await house.directory.put_setting("domain:example.test", SUBMIT_ALSO_FROM.key, b'["*@brand.example"]')
    await house.settings.refresh()
    await identity(house).require(await house.principal("alice"), parse_mailbox("News@Brand.example"), "From")
    with pytest.raises(NotPermitted):
        await identity(house).require(await house.principal("alice"), parse_mailbox("news@other.example"), "From")


async def test_whom_we_write_to_may_answer_at_once(house: MailHouse) -> None:
    made = await submission(house, b"From: alice@example.test\r\n\r\ntext\r\n", "carol@elsewhere.example", "bob@example.test")
    await house.submitter.accept(made)
    rules = Rules(60, 1_000, 10_000)
    answer = Encounter("192.0.2.0/24", "carol@elsewhere.example", "alice@example.test")
    assert (await house.greylist.meet(answer, rules, house.clock.now())).known
    assert not (await house.greylist.meet(Encounter("192.0.2.0/24", "bob@example.test", "x@y.example"), rules, 0)).known
