"""SMTP smuggling and injection over real sockets: one message in is one message, in both directions, whatever ends its lines."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import PASSWORD, MailHouse, mail_house
from tests.support.smtp_server import LineClient, connected, smtp_server
from tests.support.tls import certificate

from posthouse.model.settings.guard import CONNECTIONS_LIMITED
from posthouse.model.settings.receiving import SMTP_BARE_NEWLINES
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.servers.smtp.roles import Role

ENDS = {
    "LF dot LF": b"\n.\n",
    "LF dot CRLF": b"\n.\r\n",
    "CRLF dot LF": b"\r\n.\n",
    "CR dot CR": b"\r.\r",
    "CRLF dot CR": b"\r\n.\r",
    "CR dot CRLF": b"\r.\r\n",
    "LF dot CR": b"\n.\r",
    "CR LF dot CR CR LF": b"\r\n.\r\r\n",
}
"""Ends of a message that some server believes in; none is CRLF dot CRLF."""
SMUGGLED = b"MAIL FROM:<ceo@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
ENVELOPE = b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<alice@example.test>\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        await made.set(AUTH_PLAINTEXT_LOOPBACK, True)
        yield made


async def introduced(client: LineClient, role: Role) -> None:
    await client.say("LHLO [127.0.0.1]" if role is Role.LMTP else "EHLO [127.0.0.1]")
    if role is Role.SUBMISSION:
        words = base64.b64encode(f"\0alice@example.test\0{PASSWORD}".encode()).decode()
        assert (await client.say(f"AUTH PLAIN {words}")).startswith("235 ")


@pytest.mark.parametrize("role", [Role.MX, Role.LMTP, Role.SUBMISSION])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_only_one_end_is_an_end(house: MailHouse, role: Role, end: bytes) -> None:
    async with smtp_server(house, role) as address, connected(address) as client:
        await introduced(client, role)
        body = b"From: alice@example.test\r\nSubject: first\r\n\r\ntext" + end + SMUGGLED
        client.writer.write(ENVELOPE + b"DATA\r\n" + body + b".\r\n")
        replies = [await client.reply() for _ in range(4)]
        assert [reply[:3] for reply in replies[:3]] == ["250", "250", "354"]
        assert replies[3].startswith("5"), "a bare CR or LF is refused"
        assert await client.say("NOOP") == "250 2.0.0 OK", "the dialogue is where it was"
    assert await house.inbox("bob") == []
    assert await house.inbox("alice") == []


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_what_is_taken_by_setting_is_still_one_message(house: MailHouse, end: bytes) -> None:
    await house.set(SMTP_BARE_NEWLINES, "accept")
    async with smtp_server(house) as address, connected(address) as client:
        await introduced(client, Role.MX)
        client.writer.write(ENVELOPE + b"DATA\r\nSubject: first\r\n\r\ntext" + end + SMUGGLED + b".\r\n")
        replies = [await client.reply() for _ in range(4)]
        assert replies[3].startswith("250 2.0.0 delivered as ")
        assert await client.say("NOOP") == "250 2.0.0 OK"
    assert await house.inbox("bob") == []
    (shown,) = await house.inbox("alice")
    assert b"smuggled" in shown


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_in_chunks_too(house: MailHouse, end: bytes) -> None:
    async with smtp_server(house) as address, connected(address) as client:
        await introduced(client, Role.MX)
        body = b"Subject: first\r\n\r\ntext" + end + SMUGGLED
        first, second = body[:25], body[25:]
        client.writer.write(ENVELOPE + b"BDAT %d\r\n" % len(first) + first + b"BDAT %d LAST\r\n" % len(second) + second)
        replies = [await client.reply() for _ in range(4)]
        assert replies[-1].startswith("5")
        assert await client.say("NOOP") == "250 2.0.0 OK"
    assert await house.inbox("bob") == await house.inbox("alice") == []


async def test_commands_before_the_handshake_are_not_executed_after_it(house: MailHouse, tmp_path: Path) -> None:
    context, client_context = certificate(tmp_path)
    async with smtp_server(house, context=context) as address:
        reader, writer = await asyncio.open_connection(*address)
        client = LineClient(reader, writer)
        await client.reply()
        await client.say("EHLO [127.0.0.1]")
        # All in one segment: what follows STARTTLS comes from whoever sits in between.
        writer.write(b"STARTTLS\r\nMAIL FROM:<mallory@elsewhere.example>\r\nRCPT TO:<alice@example.test>\r\n")
        assert (await client.reply()).startswith("220 ")
        # Either the handshake fails on those octets, or they are gone: nothing of them is ever answered.
        with contextlib.suppress(OSError):
            await writer.start_tls(client_context, server_hostname="localhost")
            assert (await client.say("RCPT TO:<bob@example.test>")).startswith("503 "), "there is no transaction"
        writer.close()
    assert await house.inbox("alice") == []
