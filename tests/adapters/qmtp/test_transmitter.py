"""QMTP over a real socket, to a server made of our own codec and to ones that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.relay import CannedResolver

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.qmtp.transmitter import QmtpTransmitter
from posthouse.model.content import Content
from posthouse.model.delivery import Recipient
from posthouse.ports.transmitter import Route, Transmission
from posthouse.protocols.qmtp.package import Answer, Kind, write_answer
from posthouse.protocols.qmtp.server import Content as Piece
from posthouse.protocols.qmtp.server import Envelope, Event, QmtpServer

MESSAGE = b"Subject: x\r\n\r\n.text\r\n" * 20_000
ANSWERS = {
    "alice": Answer(Kind.ACCEPTED, "ok 1 qp 2"),
    "bob": Answer(Kind.LATER, "mailbox full"),
    "eve": Answer(Kind.NEVER, "nobody"),
}
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[Route]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield Route("qmtp", "127.0.0.1", server.sockets[0].getsockname()[1])


@pytest.fixture
async def transmitter(tmp_path: Path) -> AsyncIterator[QmtpTransmitter]:
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    yield QmtpTransmitter(CannedResolver(), spool)
    spool.stop()


def transmission(*names: str, **more: str) -> Transmission:
    recipients = tuple(Recipient(f"{name}@example.org") for name in names)
    return Transmission("sender@example.test", recipients, Content(MESSAGE), **more)  # type: ignore[arg-type]


async def test_each_recipient_has_an_answer(transmitter: QmtpTransmitter) -> None:
    got: list[Event] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = QmtpServer(10_000_000)
        while not any(isinstance(event, Envelope) for event in got):
            got.extend(server.receive_data(await reader.read(10_000)))
        for recipient in got[-1].recipients:  # type: ignore[union-attr]
            writer.write(write_answer(ANSWERS[recipient.partition("@")[0]]))

    async with served(handler) as route:
        results = await transmitter.transmit(route, transmission("alice", "bob", "eve"))
        assert (await transmitter.probe(route)).reached
    assert [(result.code, result.text) for result in results] == [(250, "ok 1 qp 2"), (450, "mailbox full"), (550, "nobody")]
    assert b"".join(event.octets for event in got if isinstance(event, Piece)) == MESSAGE


@pytest.mark.parametrize("last", [b"", b"1:K,", b"HTTP/1.1 200 OK", b"5:Xwhat,"])
async def test_servers_that_break_off(transmitter: QmtpTransmitter, last: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        octets = b""
        while not octets.endswith(b",,"):
            octets = octets[-2:] + await reader.read(1_000_000)
        writer.write(last)
        await writer.drain()

    async with served(handler) as route:
        results = await transmitter.transmit(route, transmission("alice", "bob"))
    assert [result.code for result in results] == ([250, 0] if last == b"1:K," else [0, 0])
    assert results[1].uncertain


async def test_nobody_is_there_or_wants_more_than_qmtp_can(transmitter: QmtpTransmitter) -> None:
    (result,) = await transmitter.transmit(Route("qmtp", "127.0.0.1", 1), transmission("alice"))
    assert (result.code, result.uncertain) == (0, False)
    assert not (await transmitter.probe(Route("qmtp", "missing.example", 209))).reached
    (result,) = await transmitter.transmit(Route("qmtp", "127.0.0.1", 1), transmission("alice", deliver_mode="R"))
    assert (result.status, result.lacking) == ("5.3.3", True)
