"""Port 25 and strangers: what the checks of a message say on the wire, and what mistakes cost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, mail_house
from tests.support.smtp_server import LineClient, connected, smtp_server

from posthouse.model.settings.guard import CONNECTIONS_LIMITED
from posthouse.model.settings.judging import AUTHENTICITY, GREYLIST, RECEIVE_BLOCK, RECEIVE_HELLO, RECEIVE_SENDER_DOMAIN
from posthouse.model.settings.receiving import SMTP_GREETING_SECONDS, SMTP_STRANGERS_PER_HOUR, SMTP_TARPIT_SECONDS

MESSAGE = b"From: eve@elsewhere.example\r\nSubject: hello\r\n\r\nhello\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        made.resolver.records.update(
            {
                ("elsewhere.example", "A"): ["192.0.2.7"],
                ("null.example", "MX"): ["0 ."],
                ("_dmarc.elsewhere.example", "TXT"): ["v=DMARC1; p=reject"],
            }
        )
        yield made


@pytest.fixture
async def client(house: MailHouse) -> AsyncIterator[LineClient]:
    async with smtp_server(house) as address, connected(address) as made:
        await made.say("EHLO [127.0.0.1]")
        yield made


async def test_a_sender_whose_domain_is_nowhere(house: MailHouse, client: LineClient) -> None:
    await house.set(RECEIVE_SENDER_DOMAIN, "refuse")
    answer = await client.send(MESSAGE, "alice@example.test", sender="x@nowhere.example")
    assert answer == "550 5.1.8 the domain nowhere.example of the sender has neither MX nor address"
    await client.say("RSET")
    answer = await client.send(MESSAGE, "alice@example.test", sender="x@null.example")
    assert answer == "550 5.7.27 the domain null.example of the sender takes no mail (null MX)"
    house.resolver.silent.add("slow.example")
    await client.say("RSET")
    assert (await client.send(MESSAGE, "alice@example.test", sender="x@slow.example")).startswith("451 4.4.3 ")
    await client.say("RSET")
    assert (await client.send(MESSAGE, "alice@example.test")).startswith("250 2.0.0 delivered as ")


async def test_whoever_is_blocked_hears_so_for_each_recipient_but_postmaster(house: MailHouse, client: LineClient) -> None:
    await house.set(RECEIVE_BLOCK, ["127.0.0.0/8"])
    await client.say("MAIL FROM:<eve@elsewhere.example>")
    refusal = "554 5.7.1 mail from you is not accepted here; write to postmaster if this is a mistake"
    assert await client.say("RCPT TO:<alice@example.test>") == refusal
    assert await client.say("RCPT TO:<bob@example.test>") == refusal
    assert (await client.say("RCPT TO:<postmaster@example.test>")).startswith("250 ")


async def test_who_claims_to_be_us(house: MailHouse, client: LineClient) -> None:
    await house.set(RECEIVE_HELLO, "note")
    await client.say("EHLO mx.example.test")
    answer = await client.send(MESSAGE, "alice@example.test")
    assert answer == "554 5.7.1 mx.example.test is not accepted as your name (EHLO): this is the name of this server"


async def test_greylisting_asks_to_come_back(house: MailHouse, client: LineClient) -> None:
    await house.set(GREYLIST, True)
    answer = await client.send(MESSAGE, "alice@example.test")
    assert answer == "450 4.7.1 greylisted: please try again in 60 seconds"
    assert house.trace.events[-1].step == "deferred"


async def test_dmarc_is_answered_after_the_message(house: MailHouse, client: LineClient) -> None:
    await house.set(AUTHENTICITY, True)
    answer = await client.send(MESSAGE, "alice@example.test", sender="x@somewhere.example")
    assert answer == "550 5.7.1 this message is not from elsewhere.example, which asks to refuse such mail (DMARC)"
    assert "dmarc fail" in house.trace.events[-1].text
    await client.say("RSET")
    assert (await client.send(MESSAGE.replace(b"elsewhere", b"nowhere"), "alice@example.test")).startswith("250 ")


async def test_mistakes_cost_time(house: MailHouse, client: LineClient) -> None:
    await house.set(SMTP_TARPIT_SECONDS, 0.2)
    loop = asyncio.get_running_loop()
    await client.say("MAIL FROM:<eve@elsewhere.example>")
    for name in ("x", "y"):
        assert (await client.say(f"RCPT TO:<{name}@example.test>")).startswith("550 5.1.1")
    begun = loop.time()
    assert (await client.say("RCPT TO:<z@example.test>")).startswith("550 5.1.1")
    assert loop.time() - begun >= 0.2  # no limit on speed: it is the wait that is shown


async def test_who_guesses_names_is_sent_away_the_next_time_too(house: MailHouse) -> None:
    await house.set(CONNECTIONS_LIMITED, True)
    await house.set(SMTP_STRANGERS_PER_HOUR, 5)
    async with smtp_server(house) as address:
        async with connected(address) as first:
            await first.say("EHLO [127.0.0.1]", "MAIL FROM:<eve@elsewhere.example>")
            for number in range(5):
                assert (await first.say(f"RCPT TO:<{number}@example.test>")).startswith("550 5.1.1")
            assert (await first.say("RCPT TO:<6@example.test>")).startswith("421 4.7.0 too many errors")
        async with connected(address) as second:
            await second.say("EHLO [127.0.0.1]", "MAIL FROM:<eve@elsewhere.example>")
            assert (await second.say("RCPT TO:<alice@example.test>")).startswith("250 ")
            assert (await second.say("RCPT TO:<x@example.test>")).startswith("421 4.7.0 too many errors")


async def test_who_speaks_before_the_greeting_is_sent_away(house: MailHouse) -> None:
    await house.set(SMTP_GREETING_SECONDS, 0.1)
    async with smtp_server(house) as address:
        async with connected(address) as patient:
            assert patient.greeting == "220 mx.example.test ESMTP Posthouse"
            assert (await patient.say("EHLO [127.0.0.1]")).startswith("250-")
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"EHLO early.example\r\n")
        async with asyncio.timeout(10):
            assert await reader.read() == b"554 5.7.0 you spoke before the greeting, goodbye\r\n"
        writer.close()
