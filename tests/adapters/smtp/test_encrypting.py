"""TLS as policies ask for it, with certificates made for the test and a real server on the loopback interface."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.certificates import Made, make, write
from tests.support.fakes import CountingEntropy
from tests.support.loopback_mx import HOST, Hosts, MailExchangerPeer, mail_exchanger

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.smtp.encrypting import Contexts
from posthouse.adapters.smtp.preparing import Preparing
from posthouse.adapters.smtp.transmitter import SmtpTransmitter
from posthouse.adapters.system.clock import SystemClock
from posthouse.model.content import Content
from posthouse.model.delivery import Recipient
from posthouse.ports.tls_results import TlsSession
from posthouse.ports.transmitter import Level, Result, Route, Security, Transmission
from posthouse.transport.tls import server_context
from posthouse.trust.dane import Tlsa

ROOT = make("root", ca=True)
STRANGER = make("stranger", ca=True)
LEAF = make(HOST, ROOT)
MESSAGE = Transmission("s@example.test", (Recipient("alice@example.org"),), Content(b"Subject: x\r\n\r\nx\r\n"))
Send = Callable[[Security], Awaitable[Result]]


def tlsa(usage: int, made: Made) -> Tlsa:
    return Tlsa(usage, 1, 1, hashlib.sha256(made.public_key).digest())


@asynccontextmanager
async def sending(
    folder: Path, leaf: Made = LEAF, *others: Made, tls: bool = True, scheme: str = "smtp"
) -> AsyncIterator[tuple[Send, list[TlsSession], MailExchangerPeer]]:
    sessions: list[TlsSession] = []
    spool = FileSpool(folder / "spool", SystemClock(), CountingEntropy())
    contexts = Contexts(ssl.create_default_context(cadata=ROOT.der))
    transmitter = SmtpTransmitter(Preparing("me.example.test", Hosts(), SystemClock(), sessions.append, contexts), spool)
    context = server_context(*write(folder, leaf, *others)) if tls else None
    async with mail_exchanger(context, at_once=scheme == "smtps") as (port, peer):

        async def send(security: Security) -> Result:
            (result,) = await transmitter.transmit(Route(scheme, HOST, port, security=security), MESSAGE)
            return result

        yield send, sessions, peer
        transmitter.close()
        await asyncio.sleep(0)
    spool.stop()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_dane(tmp_path: Path, scheme: str) -> None:
    async with sending(tmp_path, LEAF, ROOT, scheme=scheme) as (send, sessions, peer):
        for record in (tlsa(3, LEAF), tlsa(2, ROOT)):
            security = Security(Level.DANE, tlsa=(record,), domain="example.org", policy_type="tlsa", policy_text="text")
            result = await send(security)
            assert (result.code, f"DANE {record.usage} 1 1" in result.tls) == (250, True), result
        assert [session.result for session in sessions] == ["", ""]
        assert sessions[0] == TlsSession("tlsa", "example.org", HOST, "", "127.0.0.1", "text")
        result = await send(Security(Level.DANE, tlsa=(tlsa(3, ROOT),), domain="example.org", policy_type="tlsa"))
        assert (result.code, result.status, sessions[-1].result) == (0, "4.7.5", "validation-failure")
        assert len(peer.messages) == 2


async def test_a_certificate_that_is_valid_for_the_host(tmp_path: Path) -> None:
    async with sending(tmp_path, LEAF, ROOT) as (send, sessions, _):
        result = await send(Security(Level.VERIFIED, domain="example.org", policy_type="sts"))
        assert (result.code, result.tls.endswith("verified by MTA-STS")) == (250, True)
        assert (await send(Security(Level.VERIFIED, "other.example.org"))).code == 0
        assert [session.result for session in sessions] == [""]


@pytest.mark.parametrize(
    ("leaf", "found"),
    [
        (make(HOST, STRANGER), "certificate-not-trusted"),
        (make(HOST), "certificate-not-trusted"),
        (make(HOST, ROOT, days=-1), "certificate-expired"),
        (make("other.example.org", ROOT), "certificate-host-mismatch"),
    ],
)
async def test_certificates_that_are_not(tmp_path: Path, leaf: Made, found: str) -> None:
    policy = Security(Level.VERIFIED, domain="example.org", policy_type="sts")
    async with sending(tmp_path, leaf) as (send, sessions, peer):
        result = await send(policy)
        assert (result.code, result.status, peer.messages) == (0, "4.7.5", [])
        testing = Security(Level.VERIFIED, domain="example.org", policy_type="sts", testing=True)
        result = await send(testing)
        assert (result.code, bool(result.tls)) == (250, True), "a policy that is being tried out stops nothing"
        assert (await send(Security(Level.ENCRYPTED))).code == 250
        assert (await send(Security(domain="example.org"))).code == 250
    assert [session.result for session in sessions] == [found, found, ""]


async def test_a_server_without_tls(tmp_path: Path) -> None:
    async with sending(tmp_path, tls=False) as (send, sessions, peer):
        for level in (Level.ENCRYPTED, Level.VERIFIED, Level.DANE):
            result = await send(Security(level, domain="example.org"))
            assert (result.code, "STARTTLS" in result.text) == (0, True)
        result = await send(Security(domain="example.org"))
        assert (result.code, result.tls) == (250, "")
        assert (await send(Security(Level.VERIFIED, domain="example.org", testing=True))).code == 250
    assert {session.result for session in sessions} == {"starttls-not-supported"}
    assert len(sessions) == 5
    assert len(peer.messages) == 2


async def test_no_tls_where_none_is_wanted(tmp_path: Path) -> None:
    async with sending(tmp_path) as (send, sessions, _):
        assert (await send(Security(Level.NEVER, domain="example.org"))).tls == ""
    assert sessions == []


async def test_a_probe_says_what_it_found(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path / "spool", SystemClock(), CountingEntropy())
    context = server_context(*write(tmp_path, LEAF))
    transmitter = SmtpTransmitter(Preparing("me.example.test", Hosts(), SystemClock(), lambda _: None), spool)
    async with mail_exchanger(context) as (port, peer):
        found = await transmitter.probe(Route("smtp", HOST, port))
        assert found.reached
        assert "encrypted with TLSv1.3" in found.words[1]
        assert "8BITMIME" in found.words[-1]
        assert peer.messages == []
        wrong = await transmitter.probe(Route("smtp", HOST, port, user="x", password="y"))
        assert (wrong.reached, "refused at AUTH" in wrong.words[0]) == (False, True)
    assert not (await transmitter.probe(Route("smtp", "missing.example", 25))).reached
    spool.stop()
