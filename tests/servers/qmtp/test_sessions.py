"""QMTP over a real socket: packages in, an answer for each recipient out; hostile octets end the connection and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.mail_house import MailHouse, listening, mail_house
from tests.support.waiting import eventually

from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS
from posthouse.model.settings.judging import GREYLIST, RECEIVE_BLOCK
from posthouse.model.settings.receiving import SMTP_BARE_NEWLINES, SMTP_MESSAGE_OCTETS
from posthouse.protocols.qmtp.netstrings import NetstringReader
from posthouse.protocols.qmtp.package import begin_package, end_package
from posthouse.servers.qmtp.house import House
from posthouse.servers.qmtp.session import QmtpSession

MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        yield made


@asynccontextmanager
async def connected(house: MailHouse) -> AsyncIterator["Peer"]:
    qmtp = House(house.receiver, house.connections, house.settings)
    async with listening(lambda wire: QmtpSession(qmtp, wire)) as address:
        peer = Peer(*await asyncio.open_connection(*address))
        try:
            yield peer
        finally:
            peer.writer.close()


class Peer:
    """A client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._answers = NetstringReader(10_000)

    async def send(self, *recipients: str, sender: str = "eve@elsewhere.example", message: bytes = MESSAGE) -> list[str]:
        """Send a package; an answer for each recipient."""
        self.writer.write(package(*recipients, sender=sender, message=message))
        return [await self.answer() for _ in recipients]

    async def answer(self) -> str:
        """The next answer; empty when the server has hung up."""
        async with asyncio.timeout(10):
            while (found := self._answers.next()) is None:
                octets = await self.reader.read(4_096)
                if not octets:
                    return ""
                self._answers.receive_data(octets)
        return found.decode()


def package(*recipients: str, sender: str = "eve@elsewhere.example", message: bytes = MESSAGE) -> bytes:
    return begin_package(len(message)) + message + end_package(sender, recipients)


async def test_each_recipient_has_its_answer(house: MailHouse) -> None:
    async with connected(house) as peer:
        one, nobody, foreign, other = await peer.send("alice@example.test", "x@example.test", "a@b.example", "bob@example.test")
        assert one.startswith("Kkept as ")
        assert nobody == "Dno such mailbox here"
        assert foreign == "Dthis server does not relay to that domain"
        assert other == one
        (again,) = await peer.send("alice@example.test", sender="")
        assert again.startswith("K")
    (first, *_) = await house.inbox("alice")
    assert b"with QMTP id " in first
    assert first.endswith(MESSAGE)


async def test_octet_by_octet_and_several_at_once(house: MailHouse) -> None:
    async with connected(house) as peer:
        for octet in package("alice@example.test"):
            peer.writer.write(bytes([octet]))
            await peer.writer.drain()
        assert (await peer.answer()).startswith("K")
        peer.writer.write(package("alice@example.test") * 3)
        assert [(await peer.answer())[0] for _ in range(3)] == ["K"] * 3
    assert len(await house.inbox("alice")) == 4


async def test_lines_that_end_in_lf_are_given_their_cr(house: MailHouse) -> None:
    octets = b"Subject: unix\n\nhello\n"
    async with connected(house) as peer:
        peer.writer.write(b"%d:\n" % (len(octets) + 1) + octets + end_package("", ["alice@example.test"]))
        assert (await peer.answer()).startswith("K")
    assert (await house.inbox("alice"))[0].endswith(b"Subject: unix\r\n\r\nhello\r\n")


async def test_large_messages_go_to_the_spool(house: MailHouse) -> None:
    message = MESSAGE + b"0123456789\r\n" * (INLINE_BODY_OCTETS // 4)
    async with connected(house) as peer:
        assert (await peer.send("alice@example.test", message=message))[0].startswith("K")
    assert (await house.inbox("alice"))[0].endswith(message)


@pytest.mark.parametrize(
    "message", [b"Subject: x\r\n\r\na\n.\nMAIL FROM:<>\r\n", b"Subject: x\r\n\r\na\rb\r\n", b"Subject: x\r\n\r\nends\r"]
)
async def test_bare_newlines_are_refused_and_the_next_package_is_read(house: MailHouse, message: bytes) -> None:
    async with connected(house) as peer:
        answers = await peer.send("alice@example.test", "bob@example.test", message=message)
        assert all(answer.startswith("D") and "bare CR" in answer for answer in answers)
        assert (await peer.send("alice@example.test"))[0].startswith("K")
        await house.set(SMTP_BARE_NEWLINES, "accept")
        assert (await peer.send("alice@example.test", message=message))[0].startswith("K")
    assert len(await house.inbox("alice")) == 2


async def test_strangers_are_judged_as_on_port_25(house: MailHouse) -> None:
    await house.set(GREYLIST, True)
    async with connected(house) as peer:
        assert await peer.send("alice@example.test") == ["Zgreylisted: please try again in 60 seconds"]
        await house.set(RECEIVE_BLOCK, ["127.0.0.1"])
        assert (await peer.send("alice@example.test"))[0].startswith("Dmail from you is not accepted here")


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO client.example\r\n",
        b"5:hello,",
        b"0:,",
        b"99999999999:",
        b"3:\rab;",
        package("x@y.example")[:-1] + b";",
        b"3:\rab,1:\xff,",
    ],
)
async def test_what_is_no_qmtp_ends_the_connection(house: MailHouse, octets: bytes) -> None:
    async with connected(house) as peer:
        peer.writer.write(octets)
        assert await peer.answer() == ""


async def test_a_message_too_large_ends_the_connection_before_it_is_read(house: MailHouse) -> None:
    await house.set(SMTP_MESSAGE_OCTETS, 100_000)
    async with connected(house) as peer:
        peer.writer.write(b"200000:\r")
        assert await peer.answer() == ""


async def test_whoever_leaves_in_the_middle_leaves_nothing(house: MailHouse) -> None:
    await house.set(CONNECTIONS_LIMITED, True)
    await house.set(CONNECTIONS_PER_ADDRESS, 1)
    for _ in range(3):
        async with connected(house) as peer:
            peer.writer.write(begin_package(10_000_000) + b"x" * 300_000)
            await peer.writer.drain()
        await eventually(lambda: house.connections.open == 0)
    await eventually(lambda: list((house.folder / "spool").iterdir()) == [])
    async with connected(house) as peer:
        assert (await peer.send("alice@example.test"))[0].startswith("K")
    assert len(await house.inbox("alice")) == 1
