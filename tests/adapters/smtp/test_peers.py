"""The outbound client and servers with odd lists of what they offer, that stall, drop and reject."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.loopback_mx import HOST, Hosts, mail_exchanger

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.smtp.preparing import Preparing
from posthouse.adapters.smtp.transmitter import SmtpTransmitter
from posthouse.model.content import Content
from posthouse.model.delivery import Recipient
from posthouse.ports.transmitter import Level, Result, Route, Security, Transmission

TEXT = (
    "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nein bißchen Text und noch mehr\r\n".encode()
)
ALICE = Recipient("alice@example.org")


@pytest.fixture
async def transmitter(tmp_path: Path) -> AsyncIterator[SmtpTransmitter]:
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    made = SmtpTransmitter(Preparing("me.example.test", Hosts(), FakeClock(), lambda _: None), spool)
    yield made
    made.close()
    await asyncio.sleep(0)
    spool.stop()


def message(content: bytes = TEXT, *recipients: Recipient, **more: object) -> Transmission:
    return Transmission("sender@example.test", recipients or (ALICE,), Content(content), **more)  # type: ignore[arg-type]


async def send(transmitter: SmtpTransmitter, port: int, transmission: Transmission) -> Result:
    (result,) = await transmitter.transmit(Route("smtp", HOST, port), transmission)
    return result


async def test_eight_bits_where_they_are_taken(transmitter: SmtpTransmitter) -> None:
    async with mail_exchanger() as (port, peer):
        assert (await send(transmitter, port, message(eight_bit=True))).code == 250
        assert "MAIL FROM:<sender@example.test> SIZE=" in peer.lines[1]
        assert "BODY=8BITMIME" in peer.lines[1]
        assert peer.messages == [TEXT]


@pytest.mark.parametrize("offers", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING"), ("CHUNKING",)])
async def test_seven_bits_where_they_are_not(transmitter: SmtpTransmitter, offers: tuple[str, ...]) -> None:
    async with mail_exchanger(offers=offers) as (port, peer):
        assert (await send(transmitter, port, message(eight_bit=True))).code == 250
        assert (await send(transmitter, port, message(TEXT + b"\0", binary=True))).code == 250
    first, second = peer.messages
    assert first.isascii()
    assert b"quoted-printable\r\n\r\nein bi=C3=9Fchen" in first
    assert b"base64" in second
    assert not any("BODY" in line for line in peer.lines)


async def test_smtputf8_only_where_it_is_needed(transmitter: SmtpTransmitter) -> None:
    async with mail_exchanger(offers=("8BITMIME",)) as (port, peer):
        assert (await send(transmitter, port, message(smtputf8=True, eight_bit=True))).code == 250
        assert peer.messages == [TEXT]
        result = await send(transmitter, port, message("Subject: grüße\r\n\r\n".encode(), smtputf8=True))
        assert (result.code, result.status, result.lacking) == (553, "5.6.7", True)
        result = await send(transmitter, port, message(TEXT, Recipient("丽丽@example.org"), smtputf8=True))
        assert result.status == "5.6.7"
    assert len(peer.messages) == 1


async def test_wishes_go_on_where_they_are_understood(transmitter: SmtpTransmitter) -> None:
    wishes = message(require_tls=True, deliver_within=90, deliver_mode="RT", priority=2)
    async with mail_exchanger(offers=("REQUIRETLS", "DELIVERBY", "MT-PRIORITY")) as (port, peer):
        result = await send(transmitter, port, wishes)
        assert (result.code, result.deadline_kept) == (250, True)
        assert peer.lines[1].endswith("REQUIRETLS BY=90;RT MT-PRIORITY=2")
    async with mail_exchanger() as (port, peer):
        assert (await send(transmitter, port, wishes)).status == "5.7.30"
        assert (await send(transmitter, port, message(deliver_within=90, deliver_mode="R"))).status == "5.3.3"
        assert (await send(transmitter, port, message(deliver_within=90, deliver_mode="N", priority=2))).code == 250
        assert (len(peer.messages), peer.clients) == (1, ["127.0.0.1"])


async def test_a_name_and_an_address_of_its_own(transmitter: SmtpTransmitter) -> None:
    async with mail_exchanger() as (port, peer):
        route = Route("smtp", HOST, port, helo="own.example.test", sources=("::1", "127.0.0.9"))
        (result,) = await transmitter.transmit(route, message())
        assert (result.code, peer.lines[0], peer.clients) == (250, "EHLO own.example.test", ["127.0.0.9"])
        missing = Route("smtp", HOST, port, sources=("192.0.2.1",))
        (result,) = await transmitter.transmit(missing, message())
        assert (result.code, "no connection" in result.text) == (0, True)


async def test_lmtp_over_a_socket_of_the_machine(transmitter: SmtpTransmitter, tmp_path: Path) -> None:
    path = str(tmp_path / "lmtp")
    async with mail_exchanger(path=path) as (_, peer):
        (result,) = await transmitter.transmit(Route("lmtp", path, security=Security(Level.NEVER)), message())
        assert (result.code, result.remote, peer.lines[0]) == (250, path, "LHLO me.example.test")
    (result,) = await transmitter.transmit(Route("lmtp", path + "x", security=Security(Level.NEVER)), message())
    assert result.code == 0


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"])
async def test_servers_that_hang_up(transmitter: SmtpTransmitter, verb: str) -> None:
    async with mail_exchanger(answers={verb: "DROP"}) as (port, peer):
        result = await send(transmitter, port, message())
        assert (result.code, result.uncertain) == (0, verb == "END")
        assert peer.messages == []


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_servers_that_stall(transmitter: SmtpTransmitter, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.adapters.smtp.driving.REPLY_SECONDS", 0.1)
    async with mail_exchanger(answers={verb: "HANG"}) as (port, _):
        result = await send(transmitter, port, message())
        assert (result.code, result.uncertain, "does not answer" in result.text) == (0, False, True)


async def test_a_server_that_stalls_at_the_end_may_have_it(transmitter: SmtpTransmitter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.adapters.smtp.driving.FINAL_REPLY_SECONDS", 0.1)
    async with mail_exchanger(answers={"END": "HANG"}) as (port, _):
        assert (await send(transmitter, port, message())).uncertain


@pytest.mark.parametrize(
    ("verb", "answer", "code"),
    [
        ("MAIL", "421 4.7.0 too much", 421),
        ("RCPT", "450 4.2.0 greylisted", 450),
        ("DATA", "554 5.7.1 spam", 554),
        ("END", "452 4.3.1 full", 452),
    ],
)
async def test_servers_that_reject(transmitter: SmtpTransmitter, verb: str, answer: str, code: int) -> None:
    async with mail_exchanger(answers={verb: answer}) as (port, peer):
        assert (await send(transmitter, port, message())).code == code
        peer.answers.clear()
        assert (await send(transmitter, port, message())).code == 250


@pytest.mark.parametrize(
    "hello", ["250-x\n250-SIZE many\n250-AUTH=\n250-\n250 8BITMIME=yes", "250 ", "502 what", "250-PIPELINING\n250 PIPELINING"]
)
async def test_odd_lists_of_extensions(transmitter: SmtpTransmitter, hello: str) -> None:
    async with mail_exchanger(answers={"EHLO": hello}) as (port, peer):
        assert (await send(transmitter, port, message())).code == 250
        assert peer.messages == [TEXT]
