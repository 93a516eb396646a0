"""VRFY, EXPN and ETRN where they are allowed, and machines that may relay."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, mail_house
from tests.support.smtp_server import LineClient, connected, smtp_server

from posthouse.model.account import Domain
from posthouse.model.settings.judging import GREYLIST
from posthouse.model.settings.receiving import SMTP_ETRN, SMTP_EXPN, SMTP_RELAY_FROM, SMTP_VRFY


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


@pytest.fixture
async def client(house: MailHouse) -> AsyncIterator[LineClient]:
    async with smtp_server(house) as address, connected(address) as made:
        await made.say("EHLO [127.0.0.1]")
        yield made


async def test_vrfy(house: MailHouse, client: LineClient) -> None:
    await house.set(SMTP_VRFY, True)
    assert await client.say("VRFY alice") == "250 2.1.5 <alice@example.test>"
    assert await client.say("VRFY <Alice@example.test>") == "250 2.1.5 <alice@example.test>"
    assert await client.say("VRFY carol") == "550 5.1.1 no such mailbox here"
    assert await client.say("VRFY alice@elsewhere.example") == "550 5.1.1 no such mailbox here"
    await house.directory.add_domain(Domain("other.test", "other.test"))
    alice = await house.directory.account_at("alice@example.test")
    assert alice is not None
    await house.directory.add_account(
        type(alice)(alice.id[:-1] + b"\0", "alice@other.test", "alice@other.test", "other.test")  # type: ignore[arg-type]
    )
    assert (await client.say("VRFY alice")).startswith("553 5.1.1 more than one person")


async def test_expn(house: MailHouse, client: LineClient) -> None:
    await house.alias("staff", "alice@example.test", "carol@elsewhere.example")
    await house.set(SMTP_EXPN, True)
    assert await client.say("EXPN staff") == "250-2.1.5 <alice@example.test>\n250 2.1.5 <carol@elsewhere.example>"
    assert (await client.say("EXPN alice")).startswith("550 5.1.1")


async def test_etrn(house: MailHouse, client: LineClient) -> None:
    await house.alias("away", "carol@elsewhere.example")
    await client.send(b"Subject: x\r\n\r\nx\r\n", "away@example.test")
    assert (await client.say("ETRN elsewhere.example")).startswith("502 ")
    await house.set(SMTP_ETRN, True)
    assert await client.say("ETRN elsewhere.example") == "253 2.0.0 1 messages for elsewhere.example are tried"
    assert await client.say("ETRN @nowhere.example") == "251 2.0.0 nothing waits for @nowhere.example"
    assert (await client.say("ETRN [")).startswith("501 5.5.4")


async def test_machines_that_may_relay(house: MailHouse, client: LineClient) -> None:
    await house.set(GREYLIST, True)
    message = b"Subject: scan\r\n\r\nx\r\n"
    assert (await client.send(message, "carol@elsewhere.example")).startswith("550 5.7.1")
    await client.say("RSET")
    await house.set(SMTP_RELAY_FROM, ["127.0.0.0/8"])
    assert (await client.send(message, "carol@elsewhere.example", "alice@example.test")).startswith("250 2.0.0 accepted")
    (row, _) = await house.queue.rows()
    assert (await house.queue.message(row.id)).forward_path == ""
