"""Port 25 over a real socket: what comes in, what is refused, when the connection ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, mail_house
from tests.support.smtp_server import connected, smtp_server
from tests.support.waiting import eventually

from posthouse.foundation.errors import Unavailable
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS, CONNECTIONS_TOTAL
from posthouse.model.settings.receiving import (
    SMTP_BARE_NEWLINES,
    SMTP_ERRORS,
    SMTP_FUTILE_COMMANDS,
    SMTP_MESSAGE_OCTETS,
    SMTP_RECIPIENTS,
)
from posthouse.servers.smtp.roles import Role
from posthouse.servers.smtp.session import SmtpSession

MESSAGE = b"Subject: hello\r\n\r\n..dot\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        yield made


@pytest.fixture
async def address(house: MailHouse) -> AsyncIterator[tuple[str, int]]:
    async with smtp_server(house) as made:
        yield made


async def test_a_message_is_in_the_mailbox_when_250_is_said(house: MailHouse, address: tuple[str, int]) -> None:
    async with connected(address) as client:
        assert client.greeting == "220 mx.example.test ESMTP Posthouse"
        hello = await client.say("EHLO client.example")
        assert "AUTH" not in hello
        assert "STARTTLS" not in hello
        answer = await client.send(MESSAGE, "alice@example.test")
        trace_id = answer.removeprefix("250 2.0.0 delivered as ")
        assert len(trace_id) == 26
        (shown,) = await house.inbox("alice")
        assert shown.endswith(b"Subject: hello\r\n\r\n.dot\r\n")
        assert f"with ESMTP id {trace_id}\r\n".encode() in shown
        assert await client.say("QUIT") == "221 2.0.0 goodbye"
        assert await client.reply() == ""


async def test_everything_in_one_segment(house: MailHouse, address: tuple[str, int]) -> None:
    async with connected(address) as client:
        envelope = ("HELO client.example", "MAIL FROM:<>", "RCPT TO:<alice@example.test>", "RCPT TO:<no@example.test>", "DATA")
        assert (await client.say(*envelope)).startswith("354")
        assert (await client.say(MESSAGE + b".\r\n", "NOOP")).startswith("250 2.0.0 delivered")
        assert (await house.inbox("alice"))[0].startswith(b"Return-Path: <>\r\n")


async def test_chunks(house: MailHouse, address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await client.say("EHLO client.example", "MAIL FROM:<> BODY=BINARYMIME", "RCPT TO:<alice@example.test>")
        assert await client.say("BDAT 12", b"Subject: x\r\n") == "250 2.0.0 OK"
        assert "delivered" in await client.say("BDAT 6 LAST", b"\r\n\0\n\xff\r")
        assert (await house.inbox("alice"))[0].endswith(b"Subject: x\r\n\r\n\0\n\xff\r")


async def test_large_messages_leave_nothing_behind(house: MailHouse, address: tuple[str, int]) -> None:
    octets = MESSAGE + (b"x" * 998 + b"\r\n") * (INLINE_BODY_OCTETS // 200)
    async with connected(address) as client:
        await client.say("EHLO client.example")
        assert "delivered" in await client.send(octets, "alice@example.test")
        assert "accepted" in await client.send(octets, "alice@example.test", "bob@example.test")
        await client.say("MAIL FROM:<>", "RCPT TO:<alice@example.test>", "DATA")
        client.writer.write(octets)
        await client.writer.drain()
        await asyncio.sleep(0.05)
    assert len((await house.inbox("alice"))[0]) > len(octets) - 1
    await eventually(lambda: not list((house.folder / "spool").iterdir()))
    await eventually(lambda: house.budget.free == house.budget.total)


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("nobody@example.test", "550 5.1.1 no such mailbox here"),
        ("alice@elsewhere.example", "550 5.7.1 this server does not relay to that domain"),
        ("postmaster", "250 2.1.5 recipient OK"),
        ("alice@xn--", "501 5.1.3"),
    ],
)
async def test_recipients(address: tuple[str, int], recipient: str, answer: str) -> None:
    async with connected(address) as client:
        assert (await client.say("EHLO client.example", "MAIL FROM:<>", f"RCPT TO:<{recipient}>")).startswith(answer)


async def test_authentication_is_elsewhere(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        answer = await client.say("EHLO client.example", "AUTH PLAIN AGFsaWNlAHNlY3JldA==")
        assert answer.startswith("502 5.5.1")
        assert "465" in answer
        assert "587" in answer


async def test_other_commands_tell_nothing(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await client.say("EHLO client.example")
        answers = [await client.say(line) for line in ("VRFY alice", "EXPN staff", "ETRN example.test", "HELP", "NOOP")]
        assert [answer[:3] for answer in answers] == ["252", "502", "502", "214", "250"]


async def test_the_directory_is_away(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: object) -> None:
        raise Unavailable("the directory cannot be read")

    monkeypatch.setattr(house.directory, "domain", away)
    async with connected(address) as client:
        answer = await client.say("EHLO client.example", "MAIL FROM:<>", "RCPT TO:<alice@example.test>")
        assert answer == "451 4.3.0 the directory cannot be read"


async def test_the_account_is_full(house: MailHouse, address: tuple[str, int]) -> None:
    await house.add("tiny", quota=10)
    async with connected(address) as client:
        await client.say("EHLO client.example")
        assert (await client.send(MESSAGE, "tiny@example.test")).startswith("452 4.2.2")
        assert "delivered" in await client.send(MESSAGE, "alice@example.test")


async def test_bounds_of_a_message(house: MailHouse) -> None:
    await house.set(SMTP_MESSAGE_OCTETS, 65_536)
    await house.set(SMTP_RECIPIENTS, 100)
    async with smtp_server(house) as address, connected(address) as client:
        assert "SIZE 65536" in await client.say("EHLO client.example")
        assert (await client.send(MESSAGE + b"x" * 70_000 + b"\r\n", "alice@example.test")).startswith("552 5.3.4")
        assert (await client.send(b"Received: x\r\n" * 40 + MESSAGE, "alice@example.test")).startswith("554 5.4.6")
        recipients = [f"alice+{number}@example.test" for number in range(101)]
        assert (await client.send(MESSAGE, *recipients)).startswith("452 4.5.3")
        assert "delivered" in await client.say("DATA", MESSAGE + b".\r\n", "NOOP")
    assert len(await house.inbox("alice")) == 1


async def test_smuggling_is_refused_unless_allowed(house: MailHouse) -> None:
    smuggled = b"Subject: a\r\n\r\nx\n.\nMAIL FROM:<>\r\n"
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        assert (await client.send(smuggled, "alice@example.test")).startswith("550 5.6.0")
    await house.set(SMTP_BARE_NEWLINES, "accept")
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        assert "delivered" in await client.send(smuggled, "alice@example.test")
    (shown,) = await house.inbox("alice")
    assert shown.endswith(smuggled)


async def test_wrong_commands_end_the_connection(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(SMTP_ERRORS, 3)
    async with connected(address) as client:
        answers = [await client.say("XYZZY") for _ in range(3)]
        assert [answer[:3] for answer in answers] == ["500", "500", "421"]
        assert await client.reply() == ""


async def test_commands_without_mail_end_the_connection(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(SMTP_FUTILE_COMMANDS, 5)
    async with connected(address) as client:
        for _ in range(3):
            await client.say("EHLO client.example", "RSET", "NOOP", "VRFY x")
            assert "delivered" in await client.send(MESSAGE, "alice@example.test")
        answers = [await client.say("NOOP") for _ in range(6)]
        assert [answer[:3] for answer in answers] == ["250"] * 5 + ["421"]


async def test_guessing_names_ends_the_connection(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await client.say("EHLO client.example", "MAIL FROM:<>")
        answers = [await client.say(f"RCPT TO:<guess{number}@example.test>") for number in range(51)]
        assert [answer[:3] for answer in answers] == ["550"] * 50 + ["421"]


async def test_silence_ends_the_connection(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmtpSession, "_idle_seconds", 0.05)
    async with connected(address) as client:
        assert await client.reply() == "421 4.4.2 nothing heard for too long, goodbye"
        assert await client.reply() == ""
    assert house.connections.open == 0


async def test_limits_of_connections(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(CONNECTIONS_LIMITED, True)
    await house.set(CONNECTIONS_PER_ADDRESS, 2)
    async with connected(address), connected(address):
        async with connected(address) as third:
            assert third.greeting.startswith("421 4.7.0 too many connections from 127.0.0.1")
        await house.set(CONNECTIONS_LIMITED, False)
        await house.set(CONNECTIONS_TOTAL, 10)
        house.connections.open += 10
        async with connected(address) as fourth:
            assert fourth.greeting.startswith("421 4.3.2")
        house.connections.open -= 10
    await eventually(lambda: house.connections.open == 0)
    await house.set(CONNECTIONS_LIMITED, True)
    async with connected(address) as again:
        assert again.greeting.startswith("220")


async def test_a_bug_is_told_as_one(address: tuple[str, int], house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.receiver, "begin", lambda *_: 1 / 0)
    async with connected(address) as client:
        assert (await client.say("EHLO client.example", "MAIL FROM:<>")).startswith("421 4.0.0 an error on our side")


async def test_a_slow_reader_does_not_fill_the_memory(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(SMTP_FUTILE_COMMANDS, 10_000)
    async with connected(address) as client:
        client.writer.write(b"VRFY x\r\n" * 9_000)
        await client.writer.drain()
        for _ in range(9_000):
            assert (await client.reply()).startswith("252")


async def test_lmtp_answers_for_each_recipient(house: MailHouse) -> None:
    await house.add("tiny", quota=10)
    async with smtp_server(house, Role.LMTP) as address, connected(address) as client:
        assert client.greeting == "220 mx.example.test LMTP Posthouse"
        await client.say("LHLO client.example", "MAIL FROM:<a@b.example>")
        for name in ("alice", "tiny", "bob"):
            assert (await client.say(f"RCPT TO:<{name}@example.test>")).startswith("250")
        await client.say("DATA")
        client.writer.write(MESSAGE + b".\r\n")
        answers = [await client.reply() for _ in range(3)]
        assert [answer[:9] for answer in answers] == ["250 2.0.0", "452 4.2.2", "250 2.0.0"]
    assert b"with LMTP id" in (await house.inbox("bob"))[0]
