"""Exim and OpenSMTPD as the rest of the world: what we send them arrives, or comes back with the right reason."""

import os
import random
import shutil
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from smtplib import SMTP_SSL
from ssl import create_default_context

import pytest
from tests.support.cutting_proxy import CuttingProxy
from tests.support.foreign import letter, mail_of, trusted
from tests.support.foreign_mta import ForeignServer
from tests.support.running import DOMAIN, PASSWORD, Server, until

SERVERS = {
    "exim": ("exim", ""),
    "exim-7bit": ("exim", "accept_8bitmime = false\nchunking_advertise_hosts =\nsmtputf8_advertise_hosts =\n"),
    "opensmtpd": ("opensmtpd", ""),
}
"""The second knows as little as a server may."""


@pytest.fixture(scope="module", params=SERVERS)
def foreign(request: pytest.FixtureRequest, server: Server) -> Iterator[ForeignServer]:
    """Running, and mail for its domain is routed to it."""
    name, options = SERVERS[request.param]
    if not ForeignServer.is_there(name):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not there: run tests/real/install-programs")
        pytest.skip(f"{name} is not there, or this is not root: run tests/real/install-programs")
    made = ForeignServer(name, f"{request.param}.example", options)
    made.install()
    server.command("setting", "set", "routes", f"{made.domain}=smtp://127.0.0.1:{made.port}")
    server.command("setting", "set", "queue.schedule", "[1]")
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder, ignore_errors=True)


def submit(server: Server, octets: bytes, *recipients: str, options: tuple[str, ...] = ()) -> None:
    """Submit a message as Alice."""
    context = create_default_context(cafile=str(trusted(server)))
    with SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=30) as client:
        client.login(f"alice@{DOMAIN}", PASSWORD)
        client.sendmail(f"alice@{DOMAIN}", recipients, octets, options)


def from_alice(subject: str, text: str = "Good day.") -> bytes:
    return letter(subject, text, sender=f"alice@{DOMAIN}", to="carla@example.org")


def received(foreign: ForeignServer, subject: str) -> list[bytes]:
    """The messages with a subject."""
    return [octets for octets in foreign.mail() if f"Subject: {subject}\n".encode() in octets]


def arrived(foreign: ForeignServer, subject: str) -> bytes:
    """The one message with a subject, once it is there."""
    assert until(lambda: received(foreign, subject), 20), foreign.log()[-4_000:]
    [octets] = received(foreign, subject)
    return octets


def reports(server: Server) -> list[bytes]:
    return [held.octets for held in mail_of(server, "alice") if held.message.get_content_type() == "multipart/report"]


def test_over_tls_where_it_is_offered(server: Server, foreign: ForeignServer) -> None:
    submit(server, from_alice("by TLS"), f"carla@{foreign.domain}")
    assert b"Good day." in arrived(foreign, "by TLS")
    assert until(lambda: "relayed" in server.command("trace", f"carla@{foreign.domain}"))
    assert ("TLSv1.3" in server.command("trace", f"carla@{foreign.domain}")) is (foreign.name == "exim")


def test_a_route_can_be_tried(server: Server, foreign: ForeignServer) -> None:
    shown = server.command("queue", "route", foreign.domain, "--try")
    assert f"smtp://127.0.0.1:{foreign.port}" in shown
    assert ("TLSv1.3" in shown) is (foreign.name == "exim")


def test_eight_bits(server: Server, foreign: ForeignServer) -> None:
    body = "Grüße\r\n.\r\n..\r\nund noch ein wenig mehr Text ohne Umlaute\r\n"
    head = f"From: alice@{DOMAIN}\r\nSubject: eight bits\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    octets = f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n{body}".encode()
    submit(server, octets, f"carla@{foreign.domain}", options=("BODY=8BITMIME",))
    found = arrived(foreign, "eight bits")
    assert found.isascii() is (foreign.domain == "exim-7bit.example")
    payload = message_from_bytes(found).get_payload(decode=True)
    assert payload == body.replace("\r\n", "\n").encode()


def test_an_address_in_utf_8(server: Server, foreign: ForeignServer) -> None:
    address = f"丽丽@{foreign.domain}"
    octets = f"From: alice@{DOMAIN}\r\nTo: {address}\r\nSubject: utf-8\r\n\r\ntext\r\n".encode()
    before = len(reports(server))
    context = create_default_context(cafile=str(trusted(server)))
    with SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=30) as client:
        client.login(f"alice@{DOMAIN}", PASSWORD)
        client.ehlo()
        client.command_encoding = "utf-8"
        assert client.mail(f"alice@{DOMAIN}", ["SMTPUTF8", "BODY=8BITMIME"])[0] == 250
        assert client.rcpt(address)[0] == 250
        assert client.data(octets)[0] == 250
    if foreign.domain == "exim.example":
        arrived(foreign, "utf-8")
    else:
        assert until(lambda: len(reports(server)) > before, 20)
        assert b"Status: 5.6.7" in reports(server)[-1]
        assert b"message/global-delivery-status" in reports(server)[-1]


def test_an_unknown_recipient_comes_back(server: Server, foreign: ForeignServer) -> None:
    address = f"nobody@{foreign.domain}" if foreign.name == "exim" else f"nobody@sub.{foreign.domain}"
    routes = f"{foreign.domain}=smtp://127.0.0.1:{foreign.port},.{foreign.domain}=smtp://127.0.0.1:{foreign.port}"
    server.command("setting", "set", "routes", routes)
    submit(server, from_alice("to nobody"), address)
    wanted = f"Final-Recipient: rfc822; {address}".encode()
    assert until(lambda: any(wanted in octets for octets in reports(server)), 20), server.command("queue", "list")
    [report] = [octets for octets in reports(server) if wanted in octets]
    assert b"Action: failed" in report
    assert b"Diagnostic-Code: smtp; 550" in report


def test_five_megabytes(server: Server, foreign: ForeignServer) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"alice@{DOMAIN}", "carla@example.org", "five megabytes"
    attached = random.Random(5).randbytes(5_000_000)
    message.add_attachment(attached, maintype="application", subtype="octet-stream", filename="five.bin")
    submit(server, message.as_bytes(), f"carla@{foreign.domain}")
    found = message_from_bytes(arrived(foreign, "five megabytes"))
    assert found.get_payload(0).get_payload(decode=True) == attached  # type: ignore[union-attr]


def test_many_recipients(server: Server, foreign: ForeignServer) -> None:
    people = [f"person{number}@{foreign.domain}" for number in range(250)]
    submit(server, from_alice("to many"), *people)
    assert until(lambda: len(received(foreign, "to many")) == 250, 60), (len(received(foreign, "to many")), foreign.log()[-2_000:])
    assert until(lambda: foreign.domain not in server.command("queue", "list"))


def test_a_server_that_dies_in_the_middle(server: Server, foreign: ForeignServer) -> None:
    with CuttingProxy(foreign.port, 200_000) as proxy:
        server.command("setting", "set", "routes", f"{foreign.domain}=smtp://127.0.0.1:{proxy.port}")
        submit(server, from_alice("cut off", "A line that is part of something long.\r\n" * 20_000), f"carla@{foreign.domain}")
        arrived(foreign, "cut off")
        assert proxy.connections > 1
        assert until(lambda: foreign.domain not in server.command("queue", "list"))
    server.command("setting", "set", "routes", f"{foreign.domain}=smtp://127.0.0.1:{foreign.port}")
    assert len(received(foreign, "cut off")) == 1


def test_mail_waits_while_nobody_answers(server: Server, foreign: ForeignServer) -> None:
    foreign.stop()
    submit(server, from_alice("waits"), f"carla@{foreign.domain}")
    assert until(lambda: "no connection" in server.command("queue", "list"), 15), server.command("queue", "list")
    foreign.start()
    server.command("queue", "retry", "--domain", foreign.domain)
    arrived(foreign, "waits")
