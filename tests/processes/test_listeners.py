"""Single listeners, changed while a server runs."""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator

import pytest
from tests.support.running import Server, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("listeners"), accounts=(), workers=2) as started:
        yield started


def greeting(server: Server, service: str, *, most: ssl.TLSVersion | None = None) -> bytes:
    """What a listener says first; what went wrong where TLS did."""
    with server.connect(service) as plain:
        if most is None:
            return plain.recv(1_000)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode, context.maximum_version = False, ssl.CERT_NONE, most
        try:
            with context.wrap_socket(plain) as secured:
                return secured.recv(1_000)
        except (ssl.SSLError, ConnectionError) as error:
            return str(error).encode()


def test_a_banner_for_each(server: Server) -> None:
    assert greeting(server, "smtp") == b"220 mail.example.test ESMTP Posthouse\r\n"
    server.command("setting", "set", "listeners.banners", "smtp=Example mail,imap=Example,pop3s=Example post,submission=Send here")
    assert until(lambda: greeting(server, "smtp") == b"220 mail.example.test ESMTP Example mail\r\n")
    assert until(lambda: greeting(server, "imap").endswith(b"] Example\r\n"))
    assert until(lambda: greeting(server, "pop3s", most=ssl.TLSVersion.TLSv1_3) == b"+OK mail.example.test Example post\r\n")
    assert until(lambda: greeting(server, "submission") == b"220 mail.example.test ESMTP Send here\r\n")
    assert greeting(server, "pop3").endswith(b"Posthouse POP3 ready\r\n")
    server.command("setting", "reset", "listeners.banners")


def test_only_implicit_tls(server: Server) -> None:
    with imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10) as open_before:
        server.command("setting", "set", "listeners.off", "imap,pop3,submission")
        assert until(lambda: greeting(server, "imap") == b"* BYE [UNAVAILABLE] This service is switched off\r\n")
        assert until(lambda: greeting(server, "pop3") == b"-ERR [SYS/PERM] this service is switched off\r\n")
        assert until(lambda: greeting(server, "submission") == b"421 4.3.2 this service is switched off\r\n")
        for service in ("imaps", "pop3s", "submissions"):
            assert b"Posthouse" in greeting(server, service, most=ssl.TLSVersion.TLSv1_2)
        assert open_before.noop()[0] == "OK"
    server.command("setting", "reset", "listeners.off")
    assert until(lambda: b"ready" in greeting(server, "imap"))


def test_a_floor_of_tls_for_each(server: Server) -> None:
    assert b"Posthouse" in greeting(server, "imaps", most=ssl.TLSVersion.TLSv1_2)
    server.command("setting", "set", "listeners.tls_minimum", '{"imaps": "1.3", "imap": "1.3"}')
    assert until(lambda: b"SSL" in greeting(server, "imaps", most=ssl.TLSVersion.TLSv1_2))
    assert b"Posthouse" in greeting(server, "imaps", most=ssl.TLSVersion.TLSv1_3)
    assert b"Posthouse" in greeting(server, "pop3s", most=ssl.TLSVersion.TLSv1_2)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for most, works in ((ssl.TLSVersion.TLSv1_2, False), (ssl.TLSVersion.TLSv1_3, True)):
        context.maximum_version = most
        client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
        with contextlib.nullcontext() if works else pytest.raises((ssl.SSLError, ConnectionError)):
            client.starttls(context)
        with contextlib.suppress(OSError):
            client.shutdown()
    server.command("setting", "reset", "listeners.tls_minimum")
    assert until(lambda: b"Posthouse" in greeting(server, "imaps", most=ssl.TLSVersion.TLSv1_2))
