"""Postfix, Exim and OpenSMTPD as the rest of the world: what they bring us is kept once, whoever dies, and they hear the truth."""

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from tests.real.conftest import PEOPLE
from tests.support.cutting_proxy import CuttingProxy
from tests.support.foreign import Program, letter, mail_of, subjects
from tests.support.foreign_senders import EXIM, OPENSMTPD, POSTFIX, ForeignSender, may_run
from tests.support.running import DOMAIN, Server, until

ALICE, BOB = (f"{name}@{DOMAIN}" for name in ("alice", "bob"))
LILI = f"alice+丽丽@{DOMAIN}"


@pytest.fixture(scope="module")
def way(server: Server) -> Iterator[CuttingProxy]:
    """The way to our port 25, which a test may cut."""
    server.command("setting", "set", "queue.schedule", "[1]")
    with CuttingProxy(server.port("smtp")) as proxy:
        yield proxy


@pytest.fixture(scope="module", params=[POSTFIX, EXIM, OPENSMTPD])
def foreign(request: pytest.FixtureRequest, program: Program, server: Server, way: CuttingProxy) -> Iterator[ForeignSender]:
    """Running; brings mail for our domain to us, and gets ours for its domain."""
    path = program("postfix") if request.param == POSTFIX else ""
    if not may_run(request.param):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{request.param} is not there: run tests/real/install-programs")
        pytest.skip(f"{request.param} is not there, or this is not root: run tests/real/install-programs")
    made = ForeignSender(request.param, path, server.directory / "certs" / "host.pem", way.port)
    server.command("setting", "set", "routes", f"{made.domain}=smtp://127.0.0.1:{made.port}")
    try:
        made.start()
        yield made
    finally:
        made.close()


def to_us(foreign: ForeignSender, subject: str, text: str = "Good day.", to: str = ALICE) -> bytes:
    return letter(f"{subject} by {foreign.name}", text, sender=foreign.carla, to=to)


def arrived(server: Server, foreign: ForeignSender, subject: str, name: str = "alice", seconds: float = 20) -> bytes:
    """The one message with a subject, once it is there."""
    wanted = f"{subject} by {foreign.name}"
    assert until(lambda: wanted in subjects(server, name), seconds), foreign.log()[-4_000:]
    [octets] = [held.octets for held in mail_of(server, name) if held.subject == wanted]
    return octets


def reported(foreign: ForeignSender, *wanted: bytes) -> bytes:
    """The first notification there that has all these texts."""
    found: list[bytes] = []

    def is_there() -> bool:
        found[:] = [octets for octets in foreign.mail() if b"multipart/report" in octets and all(one in octets for one in wanted)]
        return bool(found)

    assert until(is_there, 20), foreign.log()[-4_000:]
    return found[0]


def test_over_tls(server: Server, foreign: ForeignSender) -> None:
    foreign.give(to_us(foreign, "by TLS"), ALICE)
    octets = arrived(server, foreign, "by TLS")
    head = " ".join(octets.partition(b"\r\n\r\n")[0].decode().split())
    assert "with ESMTPS id" in head
    assert "(TLSv1.3 " in head
    assert octets.startswith(f"Return-Path: <{foreign.carla}>\r\n".encode())


def test_eight_bits_and_dots_stay(server: Server, foreign: ForeignSender) -> None:
    body = "Grüße\r\n.\r\n..\r\n.x\r\n" + "行" * 300 + "\r\n"
    head = f"From: {foreign.carla}\r\nTo: {ALICE}\r\nSubject: eight bits by {foreign.name}\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    foreign.give((head + body).encode(), ALICE, mail=["BODY=8BITMIME"])
    assert arrived(server, foreign, "eight bits").endswith(("\r\n\r\n" + body).encode())


def test_addresses_in_utf_8(server: Server, foreign: ForeignSender) -> None:
    if foreign.name == OPENSMTPD:
        pytest.skip("OpenSMTPD knows no SMTPUTF8")
    octets = f"From: 你 <你@{foreign.domain}>\r\nTo: {LILI}\r\nSubject: 你好\r\n\r\nby 丽丽 at {foreign.name}\r\n".encode()
    foreign.give(octets, LILI, sender=f"你@{foreign.domain}", mail=["SMTPUTF8", "BODY=8BITMIME"])
    end = octets.partition(b"\r\n\r\n")[2]
    assert until(lambda: any(held.octets.endswith(end) for held in mail_of(server, "alice")), 20), foreign.log()[-4_000:]
    [held] = [held for held in mail_of(server, "alice") if held.octets.endswith(end)]
    assert "Subject: 你好\r\n".encode() in held.octets
    assert b"with UTF8SMTPS" in held.octets
    assert held.octets.startswith(f"Return-Path: <你@{foreign.domain}>".encode())


def test_chunks(server: Server, foreign: ForeignSender) -> None:
    if foreign.name != EXIM:
        pytest.skip("it sends no BDAT")
    foreign.give(to_us(foreign, "in chunks", "A line.\r\n" * 40_000), ALICE)
    assert arrived(server, foreign, "in chunks").count(b"A line.\r\n") >= 40_000
    sent = [line for line in foreign.log().splitlines() if f"=> {ALICE}" in line]
    assert " K " in sent[-1]


def test_success_is_told_with_the_address_as_it_was_written(server: Server, foreign: ForeignSender) -> None:
    foreign.give(to_us(foreign, "tell me"), ALICE, rcpt=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Old.Alice@example.net"])
    report = reported(foreign, b"Action: delivered", f"Final-Recipient: rfc822; {ALICE}".encode())
    assert b"Original-Recipient: rfc822;Old.Alice@example.net" in report.replace(b"rfc822; ", b"rfc822;")
    assert arrived(server, foreign, "tell me")


def test_nobody_here_is_told_by_them(server: Server, foreign: ForeignSender) -> None:
    foreign.give(to_us(foreign, "to nobody"), f"stranger@{DOMAIN}", BOB)
    arrived(server, foreign, "to nobody", "bob")
    assert until(lambda: any(b"no such mailbox here" in octets for octets in foreign.mail()), 20), foreign.log()[-4_000:]


def test_thirty_megabytes(server: Server, foreign: ForeignSender) -> None:
    line = random.Random(30).randbytes(36).hex().encode() + b"\r\n"
    octets = to_us(foreign, "thirty megabytes") + line * (30_000_000 // len(line))
    foreign.give(octets, ALICE)
    body = octets.partition(b"\r\n\r\n")[2]
    found = arrived(server, foreign, "thirty megabytes", seconds=60)
    assert hashlib.sha256(found.partition(b"\r\n\r\n")[2]).digest() == hashlib.sha256(body).digest()
    server.command("account", "show", ALICE)


def test_two_hundred_recipients(server: Server, foreign: ForeignSender) -> None:
    people = [f"{name}+{number}@{DOMAIN}" for name in PEOPLE for number in range(50)]
    foreign.give(to_us(foreign, "to many"), *people)
    wanted = f"to many by {foreign.name}"
    assert until(lambda: all(wanted in subjects(server, name) for name in PEOPLE), 30), foreign.log()[-4_000:]
    assert not any(b"to many" in octets for octets in foreign.mail())


def killed_in_the_middle(way: CuttingProxy, kill: Callable[[], None]) -> Event:
    """Kill somebody after half a megabyte more; the event is set when that is done."""
    dead = Event()

    def then() -> None:
        kill()
        dead.set()

    way.cut_after(500_000, then)
    return dead


def test_the_sender_is_killed_in_the_middle(server: Server, foreign: ForeignSender, way: CuttingProxy) -> None:
    dead = killed_in_the_middle(way, foreign.kill)
    foreign.give(to_us(foreign, "sender killed", "A line that is part of something long.\r\n" * 50_000), BOB)
    assert dead.wait(20), foreign.log()[-4_000:]
    assert f"sender killed by {foreign.name}" not in subjects(server, "bob")
    foreign.start()
    assert b"A line" in arrived(server, foreign, "sender killed", "bob", 30)


def test_our_server_is_killed_in_the_middle(server: Server, foreign: ForeignSender, way: CuttingProxy) -> None:
    kept = to_us(foreign, "kept before", to=BOB)
    foreign.give(kept, BOB)
    arrived(server, foreign, "kept before", "bob")
    dead = killed_in_the_middle(way, server.kill)
    foreign.give(to_us(foreign, "server killed", "A line that is part of something long.\r\n" * 50_000), BOB)
    assert dead.wait(20), foreign.log()[-4_000:]
    server.start()
    assert f"server killed by {foreign.name}" not in subjects(server, "bob")
    foreign.try_again()
    assert b"A line" in arrived(server, foreign, "server killed", "bob", 30)
    arrived(server, foreign, "kept before", "bob")
