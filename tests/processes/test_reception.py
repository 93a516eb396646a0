"""A server as it is installed, on the open internet as far as it can tell: a real name server, clients from anywhere (PROXY)."""

import smtplib
import time
from collections.abc import Iterator

import pytest
from tests.support.name_server import NameServer
from tests.support.running import DOMAIN, Server, running, until

from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import SigningKey, private_key, private_octets, sign

MAIL = b"From: Eve <eve@elsewhere.example>\r\nTo: alice@example.test\r\nSubject: hello\r\n\r\nhello\r\n"


def make_key() -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey("s1", private_key(private_octets(Ed25519PrivateKey.generate())))


KEY = make_key()
RECORDS = {
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mail.elsewhere.example."],
    ("mail.elsewhere.example.", "A"): ["192.0.2.7"],
    ("elsewhere.example.", "MX"): ["10 mail.elsewhere.example."],
    ("elsewhere.example.", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    ("_dmarc.elsewhere.example.", "TXT"): ['"v=DMARC1; p=reject"'],
    ("s1._domainkey.elsewhere.example.", "TXT"): [f'"{key_record(KEY.private.public_key())}"'],
    ("66.100.51.198.bl.example.", "A"): ["127.0.0.2"],
    ("66.100.51.198.bl.example.", "TXT"): ['"listed since yesterday"'],
    ("null.example.", "MX"): ["0 ."],
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, NameServer]]:
    folder = tmp_path_factory.mktemp("reception")
    with NameServer(RECORDS) as names, running(folder, profile="default") as server:
        assert server.stop() == 0
        config = server.directory / "posthouse.toml"
        config.write_text(config.read_text() + 'proxies = ["127.0.0.0/8"]\n')
        for key, value in (
            ("dns.resolvers", names.address),
            ("dns.seconds", "1"),
            ("greylist.delay_seconds", "1"),
            ("smtp.tarpit_seconds", "0"),
            ("receive.lists", "bl.example=9"),
            ("connections.per_minute", "1000"),
        ):
            server.command("setting", "set", key, value)
        server.start()
        yield server, names


@pytest.fixture
def server(house: tuple[Server, NameServer]) -> Server:
    return house[0]


class Proxied(smtplib.SMTP):
    """A client that comes through a proxy, from another address."""

    origin = "192.0.2.7"

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.sock.sendall(f"PROXY TCP4 {self.origin} 198.51.100.1 4242 25\r\n".encode())
        return super().getreply()


def send(
    server: Server, octets: bytes = MAIL, sender: str = "eve@elsewhere.example", origin: str = "192.0.2.7", name: str = "alice"
) -> str:
    """Send a message; the last reply."""
    client = Proxied(local_hostname="mail.elsewhere.example", timeout=20)
    client.origin = origin
    client.connect("127.0.0.1", server.port("smtp"))
    with client:
        client.ehlo()
        replies = [client.mail(sender), client.rcpt(f"{name}@{DOMAIN}")]
        if replies[-1][0] == 250:
            replies.append(client.data(octets))
        code, words = replies[-1]
        return f"{code} {words.decode()}"


def send_again(server: Server, *arguments: object, **named: object) -> str:
    """Send, and once more when asked to come back."""
    answer = send(server, *arguments, **named)  # type: ignore[arg-type]
    if not answer.startswith("450 4.7.1 greylisted"):
        return answer
    time.sleep(1.1)
    return send(server, *arguments, **named)  # type: ignore[arg-type]


def test_a_stranger_comes_back_and_is_known_from_then_on(server: Server) -> None:
    assert send(server, name="bob").startswith("450 4.7.1 greylisted: please try again in 1 seconds")
    time.sleep(1.1)
    assert send(server, name="bob").startswith("250 2.0.0 delivered as ")
    assert until(lambda: "greylist pass (it has come back)" in server.command("trace", "bob@example.test"))
    assert "greylist deferred" in server.command("trace", "bob@example.test")
    assert send(server, sender="adam@elsewhere.example").startswith("250 ")
    server.kill()
    server.start()
    assert send(server, sender="carol@elsewhere.example").startswith("250 ")


def test_what_was_found_stands_on_the_message_and_in_the_trace(server: Server) -> None:
    octets = sign(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n", [b"hello\r\n"], [KEY], "elsewhere.example", int(time.time())) + MAIL
    answer = send_again(server, octets)
    assert answer.startswith("250 2.0.0 delivered as ")
    assert until(lambda: "checks" in server.command("trace", answer.split()[-1]))
    told = server.command("trace", answer.split()[-1])
    assert "from mail.elsewhere.example [192.0.2.7] with ESMTP" in told
    for found in ("iprev pass (mail.elsewhere.example)", "hello pass", "spf pass", "dkim pass", "dmarc pass"):
        assert found in told


def test_a_listed_client_is_refused_with_the_words_of_the_list(server: Server) -> None:
    answer = send(server, origin="198.51.100.66")
    assert answer.startswith("554 5.7.1 198.51.100.66 is not accepted here: ")
    assert "bl.example 127.0.0.2 listed since yesterday" in answer
    assert send(server, origin="198.51.100.66", name="postmaster")[:3] in {"250", "550"}  # 550: DMARC, after the message


def test_a_forgery_is_refused(server: Server) -> None:
    answer = send_again(server, sender="mallory@elsewhere.example", origin="203.0.113.9")
    assert answer.startswith("550 5.7.1 this message is not from elsewhere.example")


def test_senders_that_cannot_be_answered(server: Server) -> None:
    assert send(server, sender="x@nowhere.example").startswith("550 5.1.8")
    assert send(server, sender="x@null.example").startswith("550 5.7.27")


def test_settings_take_effect_at_once(server: Server) -> None:
    server.command("setting", "set", "receive.block", "192.88.99.0/24")
    assert send(server, origin="192.88.99.50").startswith("554 5.7.1 mail from you is not accepted here")
    server.command("setting", "reset", "receive.block")
    assert send(server, origin="192.88.99.50").startswith("450 ")


def test_a_dns_that_is_away_refuses_nobody_for_good(house: tuple[Server, NameServer]) -> None:
    server, names = house
    server.command("setting", "set", "dns.resolvers", "127.0.0.1:9")  # nobody answers there
    try:
        assert send(server, sender="dora@third.example", origin="203.0.113.77").startswith("451 4.4.3 ")
        server.command("setting", "set", "receive.sender_domain", "note")
        answer = send_again(server, MAIL, "dora@third.example", "203.0.113.77")
        assert answer.startswith("250 "), answer
        assert until(lambda: "temperror" in server.command("trace", answer.split()[-1]))
    finally:
        server.command("setting", "reset", "receive.sender_domain")
        server.command("setting", "set", "dns.resolvers", names.address)
