"""Postfix as the rest of the world: mail to it by route and by MX, mail from it, notices, waiting."""

import hashlib
import os
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from smtplib import SMTP_SSL
from ssl import create_default_context

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from tests.support.foreign import Program, letter, mail_of, subjects, trusted
from tests.support.name_server import NameServer
from tests.support.postfix import FOREIGN, Postfix
from tests.support.running import DOMAIN, PASSWORD, Server, until

CARLA = f"carla@{FOREIGN}"
MX_ADDRESS = f"127.{random.randrange(1, 250)}.{random.randrange(250)}.{random.randrange(2, 250)}"
"""Where port 25 is ours: a route by MX has no other."""


@pytest.fixture(scope="module")
def postfix(program: Program, server: Server) -> Iterator[Postfix]:
    """Running; takes example.org, sends example.test here and offers TLS."""
    path = program("postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix runs as root only")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    certificate = server.directory / "certs" / "host.pem"
    settings = {
        "transport_maps": f"inline:{{ {{ {DOMAIN} = smtp:[127.0.0.1]:{server.port('smtp')} }} }}",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_cert_file": str(certificate),
        "smtpd_tls_key_file": str(certificate.with_suffix(".key")),
    }
    folder = Path(tempfile.mkdtemp(prefix="posthouse-postfix-"))  # not below tmp_path, which pytest closes to others
    folder.chmod(0o755)
    made = Postfix(path, folder, (f"127.0.0.1:{port}", f"{MX_ADDRESS}:25"), settings=settings)
    made.install()
    server.command("setting", "set", "routes", f'{{"{FOREIGN}": "smtp://127.0.0.1:{port}"}}')
    server.command("setting", "set", "queue.schedule", "[1]")
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def submit(server: Server, octets: bytes, *recipients: str, options: tuple[str, ...] = (), notify: str = "") -> None:
    """Submit a message as Alice."""
    context = create_default_context(cafile=str(trusted(server)))
    with SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=30) as client:
        client.login(f"alice@{DOMAIN}", PASSWORD)
        client.sendmail(f"alice@{DOMAIN}", recipients, octets, options, [f"NOTIFY={notify}"] if notify else [])


def from_alice(subject: str, text: str = "Good day.") -> bytes:
    return letter(subject, text, sender=f"alice@{DOMAIN}", to=CARLA)


def received(postfix: Postfix, subject: str, name: str = "carla") -> bytes:
    """The message with a subject, once it has arrived."""
    wanted = f"Subject: {subject}\n".encode()
    assert until(lambda: any(wanted in octets for octets in postfix.mail(name)), 20), postfix.log()[-4_000:]
    [found] = [octets for octets in postfix.mail(name) if wanted in octets]
    return found


def test_mail_goes_out_by_a_route_over_tls(server: Server, postfix: Postfix) -> None:
    submit(server, from_alice("by route"), CARLA)
    octets = received(postfix, "by route")
    assert b"Good day." in octets
    assert b"(using TLSv1.3" in octets
    assert b"Return-Path: <alice@example.test>" in octets


def test_five_megabytes_arrive_as_they_were(server: Server, postfix: Postfix) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"alice@{DOMAIN}", CARLA, "five megabytes"
    attached = random.Random(5).randbytes(5_000_000)
    message.add_attachment(attached, maintype="application", subtype="octet-stream", filename="five.bin")
    octets = message.as_bytes()
    submit(server, octets, CARLA)
    assert received(postfix, "five megabytes").endswith(octets.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n"))


def test_eight_bits_and_dots_stay(server: Server, postfix: Postfix) -> None:
    body = "内容 ä\r\n.\r\n..\r\n.x\r\n" + "行" * 300 + "\r\n"
    head = f"From: alice@{DOMAIN}\r\nSubject: eight bits\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    octets = f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n{body}".encode()
    submit(server, octets, CARLA, options=("BODY=8BITMIME",))
    assert received(postfix, "eight bits").endswith(("\n\n" + body.replace("\r\n", "\n")).encode())


def test_an_address_in_utf_8(server: Server, postfix: Postfix) -> None:
    octets = f"From: alice@{DOMAIN}\r\nTo: 丽丽@{FOREIGN}\r\nSubject: 你好\r\n\r\n内容\r\n".encode()
    context = create_default_context(cafile=str(trusted(server)))
    with SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=30) as client:
        client.login(f"alice@{DOMAIN}", PASSWORD)
        client.ehlo()
        client.command_encoding = "utf-8"
        assert client.mail(f"alice@{DOMAIN}", ["SMTPUTF8", "BODY=8BITMIME"])[0] == 250
        assert client.rcpt(f"丽丽@{FOREIGN}")[0] == 250
        assert client.data(octets)[0] == 250
    assert "内容".encode() in received(postfix, "你好", "丽丽")


def test_an_unknown_recipient_comes_back_to_the_sender(server: Server, postfix: Postfix) -> None:
    submit(server, from_alice("to nobody"), f"nobody@{FOREIGN}", CARLA)
    received(postfix, "to nobody")
    assert until(lambda: any(b"nobody@example.org" in octets for octets in reports(server, "alice")), 20)
    [report] = [octets for octets in reports(server, "alice") if b"Final-Recipient: rfc822; nobody@example.org" in octets]
    assert b"Action: failed" in report
    assert b"Status: 5.1.1" in report
    assert b"Subject: to nobody" in report
    assert b"carla@example.org" not in report.partition(b"message/delivery-status")[2].partition(b"--")[0]


def test_success_is_reported_where_it_was_asked_for(server: Server, postfix: Postfix) -> None:
    submit(server, from_alice("please confirm"), CARLA, notify="SUCCESS")
    received(postfix, "please confirm")
    assert until(lambda: any(b"Subject: please confirm" in octets for octets in reports(server, "alice")), 20)


def reports(server: Server, name: str) -> list[bytes]:
    return [held.octets for held in mail_of(server, name) if held.message.get_content_type() == "multipart/report"]


def test_mail_waits_while_nobody_answers(server: Server, postfix: Postfix) -> None:
    postfix.stop()
    submit(server, from_alice("waits"), CARLA)
    assert until(lambda: "Connection refused" in server.command("queue", "list"), 15), server.command("queue", "list")
    postfix.start()
    server.command("queue", "retry", "--all")
    received(postfix, "waits")
    assert until(lambda: CARLA not in server.command("queue", "list"))


def test_mail_goes_out_by_mx(server: Server, postfix: Postfix) -> None:
    records = {
        ("example.net.", "MX"): ["20 second.example.net.", "10 dead.example.net."],
        ("dead.example.net.", "A"): ["127.255.255.253"],  # the first says nothing on port 25
        ("second.example.net.", "A"): [MX_ADDRESS],
        ("nothing.example.net.", "MX"): ["0 ."],
    }
    with NameServer(records) as names:
        server.command("setting", "set", "dns.resolvers", f'["{names.address}"]')
        # Postfix does not know example.net: it takes it from us and hands it to itself.
        submit(server, from_alice("by mx"), "someone@example.net")
        assert until(lambda: f"[{MX_ADDRESS}]" in traced(server, "someone@example.net"), 20), traced(server, "someone@example.net")
        submit(server, from_alice("null mx"), "someone@nothing.example.net")
        assert until(lambda: any(b"Status: 5.1.10" in octets for octets in reports(server, "alice")), 20)
        submit(server, from_alice("no domain"), "someone@no-such-domain.example")
        assert until(lambda: any(b"Status: 5.1.2" in octets for octets in reports(server, "alice")), 20)
    server.command("setting", "reset", "dns.resolvers")


def test_dane_says_which_certificate_it_must_be(server: Server, postfix: Postfix) -> None:
    certificate = load_pem_x509_certificate((server.directory / "certs" / "host.pem").read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    records = {("good.example.net.", "A"): [MX_ADDRESS], ("bad.example.net.", "A"): [MX_ADDRESS]}
    for name, octets in (("good", key), ("bad", key + b"x")):
        records[f"{name}.dane.example.", "MX"] = [f"10 {name}.example.net."]
        records[f"_25._tcp.{name}.example.net.", "TLSA"] = [f"3 1 1 {hashlib.sha256(octets).hexdigest()}"]
    with NameServer(records, vouching=True) as names:
        server.command("setting", "set", "dns.resolvers", f'["{names.address}"]')
        shown = server.command("queue", "route", "good.dane.example", "--try")
        assert "dane (DANE)" in shown
        assert "DANE 3 1 1" in shown
        submit(server, from_alice("by DANE"), "someone@good.dane.example", "someone@bad.dane.example")
        assert until(lambda: "DANE 3 1 1" in traced(server, "someone@good.dane.example"), 20), traced(server, CARLA)
        assert until(lambda: "TLSA records" in server.command("queue", "list"), 20), server.command("queue", "list")
        server.command("queue", "purge", "--domain", "bad.dane.example", "--yes")
    server.command("setting", "reset", "dns.resolvers")


def traced(server: Server, address: str) -> str:
    return server.command("trace", address)


def test_mail_comes_in_over_tls(server: Server, postfix: Postfix) -> None:
    postfix.send(letter("from Postfix").replace(b"\r\n", b"\n"), CARLA, f"bob@{DOMAIN}")
    assert until(lambda: "from Postfix" in subjects(server, "bob"), 20), postfix.log()[-4_000:]
    head = " ".join(mail_of(server, "bob")[-1].message["Received"].split())
    assert "from mx.example.org" in head
    assert "with ESMTPS" in head


def test_an_unknown_recipient_here_is_bounced_by_postfix(server: Server, postfix: Postfix) -> None:
    postfix.send(letter("to nobody here").replace(b"\r\n", b"\n"), CARLA, f"nobody@{DOMAIN}")
    assert until(lambda: any(b"Diagnostic-Code: smtp; 550 5.1.1" in octets for octets in postfix.mail("carla")), 20), postfix.log()


def test_many_recipients_get_one_message(server: Server, postfix: Postfix) -> None:
    people = [f"{name}{tag}@{DOMAIN}" for name in ("bob", "carol", "dave") for tag in ("", *(f"+{n}" for n in range(40)))]
    postfix.send(letter("to many").replace(b"\r\n", b"\n"), CARLA, *people)
    for name in ("bob", "carol", "dave"):
        assert until(lambda name=name: "to many" in subjects(server, name), 20), postfix.log()[-4_000:]
    assert until(lambda: not list((postfix.folder / "spool" / "active").rglob("?*")), 20)
    assert "status=deferred" not in postfix.log()
