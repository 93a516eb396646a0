"""Bad input on every listener: the right answer or a closed connection, bounded memory, and nobody else notices."""

import contextlib
import os
import random
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, Server, running, until

PLAIN = ("smtp", "lmtp", "submission", "imap", "pop3")
IMPLICIT_TLS = ("submissions", "imaps", "pop3s")
HALF_SENT = int(os.environ.get("POSTHOUSE_HALF_SENT", "150"))
GROWTH_MIB = 256


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("hostile")) as started:
        yield started


@pytest.fixture(autouse=True)
def others_are_served(server: Server) -> Iterator[None]:
    """Whatever a test does, the processes stay the same and mail is taken."""
    before = server.child_ids()
    yield
    assert server.child_ids() == before
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
        client.sendmail("a@example.com", [f"alice@{DOMAIN}"], b"Subject: still here\r\n\r\nyes\r\n")


def memory_mib(server: Server) -> float:
    """Resident memory of all processes."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.child_ids()]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1_048_576


def answers(connection: socket.socket, seconds: float = 5.0) -> bytes:
    """All that comes until the other side closes or falls silent."""
    connection.settimeout(seconds)
    found = b""
    with contextlib.suppress(OSError):
        while octets := connection.recv(65_536):
            found += octets
            connection.settimeout(0.5)
    return found


def pour(connection: socket.socket, octets: bytes, times: int) -> int:
    """Send the same octets again and again until the other side has had enough; returns how many were sent."""
    sent = 0
    connection.settimeout(3)
    with contextlib.suppress(OSError):
        for _ in range(times):
            connection.sendall(octets)
            sent += len(octets)
    return sent


@pytest.mark.parametrize("service", PLAIN + IMPLICIT_TLS)
def test_random_octets(server: Server, service: str) -> None:
    dice = random.Random(service)
    for _ in range(8):
        with server.connect(service) as connection, contextlib.suppress(OSError):
            connection.sendall(dice.randbytes(dice.randrange(1, 5_000)) + b"\r\n")
            answers(connection, 0.3)


@pytest.mark.parametrize("service", PLAIN)
def test_an_endless_line(server: Server, service: str) -> None:
    before = memory_mib(server)
    with server.connect(service) as connection:
        pour(connection, b"x" * 65_536, 1_000)
        answers(connection, 1)
    assert memory_mib(server) - before < 32


def test_ten_thousand_recipients(server: Server) -> None:
    with server.connect("smtp") as connection:
        pour(connection, b"EHLO x\r\nMAIL FROM:<a@example.com>\r\n", 1)
        pour(connection, b"".join(b"RCPT TO:<alice@%s>\r\n" % DOMAIN.encode() for _ in range(1_000)), 10)
        found = answers(connection)
    assert found.count(b"250 2.1.5") == 1_000
    assert b"452 4.5.3" in found


def test_a_gigabyte_announced(server: Server) -> None:
    before = memory_mib(server)
    for line in (b"a LOGIN {1000000000}\r\n", b"a LOGIN {1000000000+}\r\n", b"a APPEND INBOX {1000000000+}\r\n"):
        with server.connect("imap") as connection:
            connection.recv(1_000)
            connection.sendall(line)
            pour(connection, b"y" * 65_536, 200)
            found = answers(connection, 2)
            assert b"+ " not in found[:2]
    assert memory_mib(server) - before < 32


@pytest.mark.parametrize("service", IMPLICIT_TLS)
def test_half_a_handshake(server: Server, service: str) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            connection = stack.enter_context(server.connect(service))
            connection.sendall(bytes.fromhex("1603010200010001fc0303"))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(server.connect(service)) as good:
            assert good.recv(1_000)


@pytest.mark.parametrize("service", PLAIN)
def test_slow_octets_hold_up_nobody(server: Server, service: str) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(server.connect(service)) for _ in range(200)]
        for octet in (b"E", b"H", b"L"):
            for connection in slow:
                connection.sendall(octet)
        begin = time.monotonic()
        with server.connect(service) as good:
            assert good.recv(1_000)
        assert time.monotonic() - begin < 5


def test_a_client_that_never_reads(server: Server) -> None:
    before = memory_mib(server)
    with server.connect("imap") as connection:
        connection.settimeout(2)
        pour(connection, b"a CAPABILITY\r\n" * 1_000, 500)
        assert memory_mib(server) - before < 64


def test_half_sent_messages_are_bounded(server: Server) -> None:
    """25 MB announced, a part sent, then silence: bodies beyond the first 64 KiB lie in the spool, not in memory."""
    before = memory_mib(server)
    part = (b"z" * 998 + b"\r\n") * 250
    with contextlib.ExitStack() as stack:
        half = []
        for _ in range(HALF_SENT):
            connection = stack.enter_context(server.connect("smtp"))
            opening = f"EHLO x\r\nMAIL FROM:<a@example.com> SIZE=25000000\r\nRCPT TO:<bob@{DOMAIN}>\r\nDATA\r\n"
            connection.sendall(opening.encode() + part)
            half.append(connection)
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20) as client:
            client.sendmail("a@example.com", [f"alice@{DOMAIN}"], b"Subject: beside them\r\n\r\nyes\r\n")
        assert memory_mib(server) - before < GROWTH_MIB
    assert until(lambda: len(list((server.directory / "spool" / "worker-0").iterdir())) == 0, 20)


def test_too_many_errors_end_the_connection(server: Server) -> None:
    with server.connect("smtp") as connection:
        pour(connection, b"NONSENSE\r\n" * 50, 1)
        assert b"421 " in answers(connection)
    with server.connect("imap") as connection:
        pour(connection, b"a nonsense\r\n" * 200, 1)
        assert b"* BYE" in answers(connection)
    with server.connect("pop3") as connection:
        pour(connection, b"NONSENSE\r\n" * 100, 1)
        assert answers(connection).count(b"-ERR") <= 30
