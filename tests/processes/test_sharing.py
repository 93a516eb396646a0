"""An owner and a viewer on one worker and on three: what one does the other hears; a right that is revoked is gone everywhere."""

import imaplib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running

INBOX = f'"Other Users/alice@{DOMAIN}/INBOX"'
TEAM = f'"Shared/team@{DOMAIN}/INBOX"'
MESSAGE = b"Subject: shared\r\n\r\nhello\r\n"
SignIn = Callable[[str], imaplib.IMAP4]


@pytest.fixture(params=[1, 3], ids=["one-worker", "three-workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=request.param) as started:
        yield started


@pytest.fixture
def sign_in(server: Server) -> Iterator[SignIn]:
    clients: list[imaplib.IMAP4] = []

    def made(name: str) -> imaplib.IMAP4:
        clients.append(imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10))
        clients[-1].login(f"{name}@{DOMAIN}", PASSWORD)
        return clients[-1]

    yield made
    for client in clients:
        client.shutdown()


def heard(client: imaplib.IMAP4, what: bytes) -> list[bytes]:
    """Read up to the line in which something stands."""
    lines = [client.readline()]
    while what not in lines[-1]:
        assert lines[-1], lines
        lines.append(client.readline())
    return lines


def done(client: imaplib.IMAP4, command: str) -> list[bytes]:
    """Send a command; its answer."""
    client.send(f"m {command}\r\n".encode())
    return heard(client, b"m ")


def idle(client: imaplib.IMAP4, mailbox: str) -> imaplib.IMAP4:
    assert client.select(mailbox)[0] == "OK"
    client.send(b"x IDLE\r\n")
    heard(client, b"+")
    return client


def test_news_pass_between_owner_and_viewers_and_a_revoked_right_ends_at_once(server: Server, sign_in: SignIn) -> None:
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.append("INBOX", "", "", MESSAGE)
    server.command("share", "set", f"alice@{DOMAIN}", "INBOX", f"bob@{DOMAIN}", "write")
    viewers = [idle(sign_in("bob"), INBOX) for _ in range(4)]
    alice.append("INBOX", "", "", MESSAGE)
    for viewer in viewers:
        heard(viewer, b"* 2 EXISTS")
    bob.select(INBOX)
    assert any(b"\\Seen" in line for line in done(bob, r"STORE 1 +FLAGS (\Flagged \Seen)"))
    for viewer in viewers:
        assert b"\\Seen" in heard(viewer, b"\\Flagged")[-1]
    alice.select("INBOX")
    (flags, _) = done(alice, "FETCH 1 FLAGS")
    assert b"\\Flagged" in flags
    assert b"\\Seen" not in flags
    server.command("share", "remove", f"alice@{DOMAIN}", "INBOX")
    began = time.monotonic()
    for viewer in viewers:
        heard(viewer, b"* NO [NOPERM]")
    assert time.monotonic() - began < 5
    time.sleep(0.6)
    assert not any(b"hello" in line for line in done(bob, "UID FETCH 1 BODY.PEEK[]"))
    assert done(bob, f"SELECT {INBOX}")[-1].startswith(b"m NO [NONEXISTENT]")


def test_messages_move_between_accounts_of_different_workers(server: Server, sign_in: SignIn) -> None:
    server.command("account", "add", f"team@{DOMAIN}", "--kind", "shared")
    for name in ("alice", "bob"):
        server.command("share", "set", f"team@{DOMAIN}", "*", f"{name}@{DOMAIN}", "full")
    alice, bob = sign_in("alice"), sign_in("bob")
    for number in range(20):
        alice.append("INBOX", "", "", b"Subject: %d\r\n\r\n" % number + b"x" * (100_000 if number % 5 == 0 else 100))
    alice.select("INBOX")
    assert done(alice, f"UID MOVE 1:* {TEAM}")[-1].startswith(b"m OK")
    assert done(alice, "SEARCH ALL")[0] == b"* SEARCH\r\n"
    bob.select(TEAM)
    assert done(bob, "UID SEARCH ALL")[0] == b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(1, 21)) + b"\r\n"
    assert done(bob, "UID COPY 1:3 INBOX")[-1].startswith(b"m OK [COPYUID ")
    for name in ("alice", "bob", "team"):
        server.command("verify", f"{name}@{DOMAIN}")
