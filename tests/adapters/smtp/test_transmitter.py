"""The outbound client against servers on the loopback interface: our own, and ones that follow a script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.smtp_peer import SmtpPeer

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.smtp.preparing import Preparing
from posthouse.adapters.smtp.transmitter import SmtpTransmitter
from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import NotFound
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Content, Range
from posthouse.model.delivery import Recipient
from posthouse.ports.resolver import Answer, MailExchanger
from posthouse.ports.tls_results import TlsSession
from posthouse.ports.transmitter import Level, Result, Route, Security, Transmission
from posthouse.transport.listener import listen, serve
from posthouse.transport.tls import server_context
from posthouse.transport.wire import Wire

SESSIONS: list[TlsSession] = []
"""How TLS went."""
MESSAGE = b"Subject: x\r\n\r\n.dot\r\ntext\r\n"
SIGNED = Content(b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe4\r\n--b\r\n\r\nx\r\n--b--\r\n")
ALICE, BOB, NOBODY = (Recipient(f"{name}@example.test") for name in ("alice", "bob", "nobody"))


class Hosts:
    """One name with the loopback address."""

    async def addresses(self, host: str) -> list[str]:
        if host != "mx.example.test":
            raise NotFound(f"there is no {host}")
        return ["127.0.0.1"]

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        raise NotImplementedError

    async def query(self, name: str, record_type: str) -> Answer:
        raise NotImplementedError


class PeerSession:
    """Puts the peer of the golden dialogues behind a real socket."""

    def __init__(self, peer: SmtpPeer, wire: Wire, context: ssl.SSLContext | None) -> None:
        self.peer, self.wire, self.context = peer, wire, context
        self._securing: asyncio.Task[None] | None = None

    def opened(self) -> None:
        self.wire.write(self.peer.answer())

    def received(self, octets: bytes) -> None:
        self.peer.receive(octets)
        self.wire.write(self.peer.answer())
        if self.peer.connection.state.name == "SECURING":
            self._securing = asyncio.create_task(self._secure())
        elif self.peer.connection.state.name == "CLOSED":
            self.wire.close()

    async def _secure(self) -> None:
        assert self.context is not None
        await self.wire.start_tls(self.context)
        self.peer.happen("tls", "")

    def closed(self) -> None:
        pass

    def expired(self) -> None:
        pass


@asynccontextmanager
async def our_server(context: ssl.SSLContext | None = None, **settings: str) -> AsyncIterator[tuple[Route, list[SmtpPeer]]]:
    peers: list[SmtpPeer] = []

    def make(wire: Wire) -> PeerSession:
        peers.append(SmtpPeer({"size": "10000000", **settings}))
        return PeerSession(peers[-1], wire, context)

    socket = listen("127.0.0.1", 0, shared=False)
    server = await serve(socket, make)
    scheme = "lmtp" if settings.get("dialect") == "LMTP" else "smtp"
    try:
        yield Route(scheme, "mx.example.test", socket.getsockname()[1]), peers
    finally:
        server.close()


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def scripted(*answers: str | None) -> AsyncIterator[Route]:
    """A server that greets with the first answer and gives the next to every segment it gets; None hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for text in answers:
            if text is None:
                break
            writer.write(text.replace("\n", "\r\n").encode() + b"\r\n")
            if not await reader.read(100_000):
                break
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield Route("smtp", "mx.example.test", server.sockets[0].getsockname()[1])


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[FileSpool]:
    made = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    yield made
    made.stop()


@pytest.fixture
async def transmitter(spool: FileSpool) -> AsyncIterator[SmtpTransmitter]:
    made = SmtpTransmitter(Preparing("me.example.test", Hosts(), FakeClock(), SESSIONS.append), spool)
    SESSIONS.clear()
    yield made
    made.close()
    await asyncio.sleep(0)


def transmission(*recipients: Recipient, content: Content | None = None, **more: object) -> Transmission:
    return Transmission("sender@example.org", recipients or (ALICE,), content or Content(MESSAGE), **more)  # type: ignore[arg-type]  # spelled out in each test


def codes(results: object) -> list[int]:
    assert isinstance(results, list)
    return [result.code for result in results]


@pytest.mark.parametrize("plain", ["yes", "no"])
async def test_a_message_arrives(transmitter: SmtpTransmitter, plain: str) -> None:
    async with our_server(plain=plain) as (route, peers):
        results = await transmitter.transmit(route, transmission(ALICE, NOBODY, BOB))
        assert codes(results) == [250, 550, 250]
        assert results[1] == Result(550, "5.1.1", "no such mailbox here", "mx.example.test [127.0.0.1]", relayed_dsn=plain == "no")
        assert peers[0].messages == [MESSAGE]


async def test_lmtp(transmitter: SmtpTransmitter) -> None:
    async with our_server(dialect="LMTP") as (route, peers):
        assert codes(await transmitter.transmit(route, transmission(ALICE, BOB))) == [250, 550]
        assert peers[0].messages == [MESSAGE]


async def test_connections_are_reused(transmitter: SmtpTransmitter) -> None:
    async with our_server() as (route, peers):
        for _ in range(3):
            assert codes(await transmitter.transmit(route, transmission())) == [250]
        assert len(peers) == 1
        assert peers[0].messages == [MESSAGE] * 3
        both = await asyncio.gather(*(transmitter.transmit(route, transmission()) for _ in range(2)))
        assert [codes(results) for results in both] == [[250], [250]]
        assert len(peers) == 2


async def test_large_contents_are_streamed_from_the_spool(transmitter: SmtpTransmitter, spool: FileSpool) -> None:
    octets = (b"x" * 70 + b"\r\n") * (10 * INLINE_BODY_OCTETS // 72)
    file = await spool.create()
    await file.write(octets)
    body = await file.finish()
    content = Content(body, (b"Received: x\r\n", Range(0, 72), Range(144, len(octets))))
    for plain in ("yes", "no"):
        async with our_server(plain=plain) as (route, peers):
            assert codes(await transmitter.transmit(route, transmission(content=content))) == [250]
            assert peers[0].messages == [b"Received: x\r\n" + octets[:72] + octets[144:]]


async def test_starttls_where_offered(transmitter: SmtpTransmitter, tmp_path: Path) -> None:
    create_certificate(tmp_path / "pem", tmp_path / "key", "mx.example.test", 1_700_000_000)
    context = server_context(tmp_path / "pem", tmp_path / "key")
    async with our_server(context, submission="yes") as (route, peers):
        # The peer wants authentication, which we have not: but it says so over TLS.
        assert codes(await transmitter.transmit(route, transmission())) == [530]
        assert peers[0]._tls
        verified = Route("smtp", route.host, route.port, security=Security(Level.VERIFIED))
        (result,) = await transmitter.transmit(verified, transmission())
        assert result.code == 0
        assert "certificate" in result.text.lower()


async def test_a_password_never_goes_in_clear(transmitter: SmtpTransmitter) -> None:
    async with our_server() as (route, _):
        smart_host = Route("smtp", route.host, route.port, user="alice", password="secret", security=Security(Level.ENCRYPTED))
        (result,) = await transmitter.transmit(smart_host, transmission())
        assert result.code == 0
        assert "STARTTLS" in result.text


async def test_smart_host_with_password(transmitter: SmtpTransmitter, tmp_path: Path) -> None:
    create_certificate(tmp_path / "pem", tmp_path / "key", "mx.example.test", 1_700_000_000)
    async with our_server(server_context(tmp_path / "pem", tmp_path / "key"), submission="yes") as (route, peers):
        encrypted = Security(Level.ENCRYPTED)
        smart_host = Route("smtp", route.host, route.port, user="alice", password="secret", security=encrypted)
        assert codes(await transmitter.transmit(smart_host, transmission())) == [250]
        assert peers[0].messages == [MESSAGE]
        wrong = Route("smtp", route.host, route.port, user="alice", password="wrong", security=encrypted)
        (result,) = await transmitter.transmit(wrong, transmission())
        assert (result.code, "535" in result.text) == (0, True)


async def test_a_broken_starttls_falls_back(transmitter: SmtpTransmitter) -> None:
    hello = "250-mx\n250 STARTTLS"
    async with scripted("220 mx", hello, "220 go", None) as route:
        (result,) = await transmitter.transmit(route, transmission())
        assert (result.code, result.uncertain) == (0, False)


@pytest.mark.parametrize("answers", [("554 no",), ("421 later",), ("220 mx", "550 no", "550 no")])
async def test_servers_that_do_not_want_to_talk(transmitter: SmtpTransmitter, answers: tuple[str, ...]) -> None:
    async with scripted(*answers) as route:
        (result,) = await transmitter.transmit(route, transmission())
        assert (result.code, result.uncertain) == (0, False)
        assert answers[-1] in result.text.replace("  ", " ")


@pytest.mark.parametrize(
    ("answers", "uncertain"),
    [
        ((None,), False),
        (("220 mx", None), False),
        (("220 mx", "250 mx", None), False),
        (("220 mx", "250 mx", "250 ok", "250 ok", None), False),
        (("220 mx", "250 mx", "250 ok", "250 ok", "354 go", None), True),
        (("220 mx", "250 mx", "250 ok", "250 ok", "354 go", "HTTP/1.1 200 OK"), True),
        (("SSH-2.0-OpenSSH",), False),
    ],
)
async def test_connections_that_break(transmitter: SmtpTransmitter, answers: tuple[str | None, ...], uncertain: bool) -> None:
    async with scripted(*answers) as route:
        (result,) = await transmitter.transmit(route, transmission())
        assert (result.code, result.uncertain) == (0, uncertain)


async def test_an_idle_connection_that_was_closed_is_replaced(transmitter: SmtpTransmitter) -> None:
    async with our_server() as (route, peers):
        await transmitter.transmit(route, transmission())
        (idle,) = transmitter._pool._idle[route]
        idle[0].link.abort()
        assert codes(await transmitter.transmit(route, transmission())) == [250]
        assert len(peers) == 2


async def test_nobody_is_there(transmitter: SmtpTransmitter) -> None:
    free = listen("127.0.0.1", 0, shared=False)
    port = free.getsockname()[1]
    free.close()
    (result,) = await transmitter.transmit(Route("smtp", "mx.example.test", port), transmission())
    assert (result.code, "no connection" in result.text) == (0, True)
    (result,) = await transmitter.transmit(Route("smtp", "missing.example", 25), transmission())
    assert (result.code, "missing.example" in result.text) == (0, True)


async def test_what_the_other_side_cannot_take_fails_for_good(transmitter: SmtpTransmitter) -> None:
    async with our_server(plain="yes") as (route, peers):
        (result,) = await transmitter.transmit(route, transmission(Recipient("álice@example.test")))
        assert (result.code, result.status) == (553, "5.6.7")
        (result,) = await transmitter.transmit(route, transmission(content=SIGNED, eight_bit=True))
        assert (result.status, result.lacking) == ("5.6.3", True)
        (result,) = await transmitter.transmit(route, transmission(Recipient("no address")))
        assert result.status == "5.1.3"
        assert codes(await transmitter.transmit(route, transmission())) == [250]
        assert len(peers) == 1


async def test_envelope_parameters(transmitter: SmtpTransmitter) -> None:
    recipient = Recipient("alice@example.test", original_recipient="rfc822;Alice+x@old.example", notify=6)
    async with our_server() as (route, peers):
        asked = transmission(recipient, eight_bit=True, return_content="HDRS", envelope_id="Q=1")
        assert codes(await transmitter.transmit(route, asked)) == [250]
        words = [repr(event) for event in peers[0].events]
        assert any("envid='Q=1'" in word and "HDRS" in word and "8BITMIME" in word for word in words)
        assert any("Alice+x@old.example" in word and "SUCCESS" in word for word in words)
