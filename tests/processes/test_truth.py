"""Truthful answers (A9, A10): whatever stands in the way, each protocol says by its code what it is, and no mail is lost of it.

RFC 5530 for IMAP, RFC 2449 §8 and RFC 3206 for POP3, RFC 3463 and RFC 4954 for submission.
"""

import asyncio
import contextlib
import datetime as dt
import os
import poplib
import re
import signal
import smtplib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.raw_imap import RawImap
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

from posthouse.bootstrap.house import open_house
from posthouse.bootstrap.layout import Layout
from posthouse.model.account import Status

pytestmark = pytest.mark.long

MESSAGE = b"Subject: one\r\n\r\n" + b"x" * 3_000 + b"\r\n"
ALICE = f"alice@{DOMAIN}"
Answers = tuple[str, str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("truth"), ("alice", "bob", "carol", "dave", "erin", "frank")) as started:
        yield started


def imap_says(server: Server, login: str, password: str) -> str:
    """The answer to LOGIN, its words left out."""
    client = RawImap(server)
    last = client.ask(b"LOGIN %b %b" % (login.encode(), password.encode()))[-1]
    client.close()
    return without_words(last)


def pop3_says(server: Server, login: str, password: str) -> str:
    """The answer to PASS, its words left out."""
    client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)
    client.user(login)
    try:
        return without_words(client.pass_(password))
    except poplib.error_proto as error:
        return without_words(error.args[0])
    finally:
        client.close()


def submission_says(server: Server, login: str, password: str) -> str:
    """Both codes of the answer to AUTH."""
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=20) as client:
        client.ehlo()
        try:
            code, words = client.login(login, password)
        except smtplib.SMTPAuthenticationError as error:
            code, words = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
        return f"{code} {words.split()[0].decode()}"


def without_words(line: bytes) -> str:
    """``NO [CODE]``, ``-ERR [CODE]``, ``* BYE [CODE]`` or what stands there without a code; a code without its arguments."""
    match = re.match(rb"(\* BYE|\S+)(?: \[([A-Z/-]+)[^\]]*\])?", line)
    assert match is not None, line
    return match[1].decode() + (f" [{match[2].decode()}]" if match[2] and match[1] != b"OK" else "")


class Refused(NamedTuple):
    """Somebody who cannot sign in, and what they hear by IMAP, POP3 and submission."""

    prepare: Callable[[Server], tuple[str, str]]
    imap: str
    pop3: str
    submission: str


def wrong_password(_server: Server) -> tuple[str, str]:
    return ALICE, "wrong"


def suspended(server: Server) -> tuple[str, str]:
    server.command("account", "suspend", f"carol@{DOMAIN}")
    return f"carol@{DOMAIN}", PASSWORD


def suspended_domain(server: Server) -> tuple[str, str]:
    server.command("domain", "add", "away.test")
    server.command("account", "add", "yan@away.test", "--password-stdin", given="Correct-horse-7\n")

    async def suspend() -> None:
        async with open_house(Layout(server.directory)) as house:  # no command does it yet
            await house.directory.set_domain_status("away.test", Status.SUSPENDED)

    asyncio.run(suspend())
    return "yan@away.test", "Correct-horse-7"


def removed(server: Server) -> tuple[str, str]:
    server.command("account", "remove", f"dave@{DOMAIN}", "--yes")
    return f"dave@{DOMAIN}", PASSWORD


def expired(server: Server) -> tuple[str, str]:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=6)  # a busy machine needs a while to run the command
    made = server.command("app-password", "add", ALICE, "--name", "old", "--expires", soon.isoformat()).strip()
    assert until(lambda: imap_says(server, ALICE, made) != "OK")
    return ALICE, made


def app_passwords_only(server: Server) -> tuple[str, str]:
    server.command("domain", "add", "strict.test")
    server.command("account", "add", "zoe@strict.test", "--password-stdin", given="Correct-horse-7\n")
    server.command("domain", "set", "strict.test", "--app-passwords-only")
    assert until(lambda: imap_says(server, "zoe@strict.test", "Correct-horse-7") != "OK")
    return "zoe@strict.test", "Correct-horse-7"


@pytest.mark.parametrize(
    "case",
    [
        Refused(wrong_password, "NO [AUTHENTICATIONFAILED]", "-ERR [AUTH]", "535 5.7.8"),
        Refused(removed, "NO [AUTHENTICATIONFAILED]", "-ERR [AUTH]", "535 5.7.8"),
        Refused(app_passwords_only, "NO [AUTHENTICATIONFAILED]", "-ERR [AUTH]", "535 5.7.8"),
        Refused(expired, "NO [EXPIRED]", "-ERR [AUTH]", "535 5.7.8"),
        Refused(suspended, "NO [CONTACTADMIN]", "-ERR [SYS/PERM]", "535 5.7.1"),
        Refused(suspended_domain, "NO [CONTACTADMIN]", "-ERR [SYS/PERM]", "535 5.7.1"),
    ],
    ids=lambda case: case.prepare.__name__,
)
def test_who_cannot_sign_in_hears_why(server: Server, case: Refused) -> None:
    login, password = case.prepare(server)
    said = imap_says(server, login, password), pop3_says(server, login, password), submission_says(server, login, password)
    assert said == case[1:]


class Signed:
    """Three sessions with one password: IMAP, POP3 and submission."""

    def __init__(self, server: Server, name: str, password: str) -> None:
        self.imap = RawImap(server, name, password)
        self.pop3 = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)
        self.pop3.user(f"{name}@{DOMAIN}")
        self.pop3.pass_(password)
        self.smtp = smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=20)
        self.smtp.login(f"{name}@{DOMAIN}", password)

    def last_words(self) -> Answers:
        """What each of them hears without having asked; then the connection ends."""
        assert self.smtp.file is not None
        smtp = self.smtp.file.readline().split()
        said = without_words(self.imap.response()), without_words(self.pop3.file.readline()), b" ".join(smtp[:2]).decode()
        assert self.imap.response() == self.pop3.file.readline() == self.smtp.file.readline() == b""
        self.imap.close()
        self.pop3.close()
        self.smtp.close()
        return said


def test_sessions_hear_why_they_end(server: Server, tmp_path: Path) -> None:
    password = server.command("app-password", "add", f"erin@{DOMAIN}", "--name", "phone").strip()
    revoked, away, gone = Signed(server, "erin", password), Signed(server, "erin", PASSWORD), Signed(server, "frank", PASSWORD)
    server.command("app-password", "remove", f"erin@{DOMAIN}", "phone")
    assert revoked.last_words() == ("* BYE [EXPIRED]", "-ERR [AUTH]", "421 4.7.0")
    server.command("account", "suspend", f"erin@{DOMAIN}")
    assert away.last_words() == ("* BYE [CONTACTADMIN]", "-ERR [SYS/PERM]", "421 4.7.0")
    server.command("account", "remove", f"frank@{DOMAIN}", "--yes")
    assert gone.last_words() == ("* BYE [CONTACTADMIN]", "-ERR [SYS/PERM]", "421 4.7.0")
    with running(tmp_path) as other:
        signed = Signed(other, "alice", PASSWORD)
        assert other.process is not None
        other.process.terminate()
        assert signed.last_words() == ("* BYE [UNAVAILABLE]", "-ERR [SYS/TEMP]", "421 4.3.2")


def greeting(server: Server, service: str) -> bytes:
    with server.connect(service) as connection, connection.makefile("rb") as lines:
        return lines.readline()


def test_too_many_connections(tmp_path: Path) -> None:
    with running(tmp_path, ("alice",)) as server:
        server.command("setting", "set", "connections.total", "10")
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(server.connect("imap")) for _ in range(10)]
            assert all(connection.recv(1_000) for connection in held)
            assert until(lambda: without_words(greeting(server, "imap")) == "* BYE [UNAVAILABLE]")
            assert without_words(greeting(server, "pop3")) == "-ERR [SYS/TEMP]"
            assert greeting(server, "submission")[:9] == greeting(server, "smtp")[:9] == b"421 4.3.2"


def deliver(server: Server, service: str, *names: str, subject: str = "one") -> str:
    """Send a message; both codes of the answer."""
    kind = smtplib.LMTP if service == "lmtp" else smtplib.SMTP
    octets = MESSAGE.replace(b"one", subject.encode(), 1)
    with kind("127.0.0.1", server.port(service), timeout=20) as client:
        client.ehlo()
        client.mail("a@example.com")
        for name in names:
            assert client.rcpt(f"{name}@{DOMAIN}")[0] == 250
        code, words = client.data(octets)
        return f"{code} {words.split()[0].decode()}"


@pytest.mark.parametrize("limit", [("--quota", "10000"), ("--quota-messages", "3")], ids=["octets", "messages"])
def test_over_quota_says_so_and_loses_nothing(tmp_path: Path, limit: tuple[str, str]) -> None:
    with running(tmp_path) as server:
        alice, bob = RawImap(server, "alice"), RawImap(server, "bob")
        append = b"APPEND INBOX {%d+}\r\n%b" % (len(MESSAGE), MESSAGE)
        for client in (alice, alice, alice, bob):
            client.ok(append)
        alice.ok(b"SELECT INBOX")
        bob.ok(b"SELECT INBOX")
        server.command("share", "set", ALICE, "INBOX", f"bob@{DOMAIN}", "full")
        server.command("account", "set", ALICE, *limit)
        shared = b'"Other Users/%b/INBOX"' % ALICE.encode()
        commands = ((alice, append), (alice, b"COPY 1 Archive"), (bob, b"COPY 1 " + shared), (bob, b"MOVE 1 " + shared))
        for client, command in commands:
            assert client.no(command).startswith(b"[OVERQUOTA] "), command[:20]
        alice.ok(b"MOVE 1 Archive")
        assert len(bob.fetch(b"FETCH 1 FLAGS")) == 1, "what could not be moved is where it was"
        assert deliver(server, "lmtp", "alice") == "452 4.2.2"
        assert deliver(server, "smtp", "alice") == "452 4.2.2"
        assert deliver(server, "smtp", "alice", "bob", subject="both").startswith("250 ")
        assert until(lambda: b"both" in b"".join(bob.ok(b"FETCH 1:* BODY.PEEK[HEADER]")))
        assert until(lambda: "the mailbox is full" in server.command("--json", "queue", "list"))
        assert b"both" not in b"".join(alice.ok(b"FETCH 1:* BODY.PEEK[HEADER]"))
        server.command("account", "set", ALICE, limit[0], "1000000" if limit[0] == "--quota" else "0")
        server.command("queue", "retry", "--all")
        assert until(lambda: b"both" in b"".join(alice.ok(b"FETCH 1:* BODY.PEEK[HEADER]")))
        alice.ok(append)
        bob.ok(b"MOVE 1 " + shared)
        alice.close()
        bob.close()


def test_without_the_right(server: Server) -> None:
    alice, bob = RawImap(server, "alice"), RawImap(server, "bob")
    alice.ok(b"APPEND INBOX {%d+}\r\n%b" % (len(MESSAGE), MESSAGE))
    server.command("share", "set", ALICE, "INBOX", f"bob@{DOMAIN}", "lr")
    inbox = b'"Other Users/%b/INBOX"' % ALICE.encode()
    assert bob.ask(b"SELECT " + inbox)[-1].startswith(b"OK [READ-ONLY]")
    refused = (
        b"APPEND %b {%d+}\r\n%b" % (inbox, len(MESSAGE), MESSAGE), b"CREATE " + inbox[:-1] + b'/x"', b"DELETE " + inbox,
        b"SETACL %b bob@%b lr" % (inbox, DOMAIN.encode()), b"COPY 1 " + inbox,
    )  # fmt: skip
    for command in refused:
        assert bob.no(command).startswith(b"[NOPERM] "), command[:40]
    for command in (b"STORE 1 +FLAGS (\\Deleted)", b"EXPUNGE", b"MOVE 1 INBOX"):
        assert re.match(rb"\[(NOPERM|READ-ONLY)\] ", bob.no(command)), command
    assert bob.no(b'SELECT "Other Users/alice@%b/Sent"' % DOMAIN.encode()).startswith(b"[NONEXISTENT] "), "nobody may know"
    alice.close()
    bob.close()


def test_a_mailbox_deleted_under_a_session(server: Server) -> None:
    one, other = RawImap(server, "alice"), RawImap(server, "alice")
    one.ok(b"CREATE Passing")
    append = b"APPEND Passing {%d+}\r\n%b" % (len(MESSAGE), MESSAGE)
    one.ok(append)
    one.ok(b"SELECT Passing")
    other.ok(b"DELETE Passing")
    assert one.no(b"SELECT Passing").startswith(b"[NONEXISTENT] ")
    assert one.no(b"STATUS Passing (MESSAGES)").startswith(b"[NONEXISTENT] ")
    assert one.no(append).startswith(b"[TRYCREATE] ")
    other.ok(b"CREATE Passing")
    other.ok(append)
    one.ok(b"SELECT Passing")
    other.ok(b"DELETE Passing")
    said = one.ask(b"FETCH 1 BODY.PEEK[]")
    assert not any(b"xxx" in line for line in said), said
    assert re.match(rb"NO \[(NONEXISTENT|EXPUNGEISSUED)\] |\* BYE ", said[-1] or said[-2]), said
    assert other.ask(b"SELECT INBOX")[-1].startswith(b"OK ")
    assert other.no(b"COPY 1 Passing").startswith(b"[TRYCREATE] ")
    one.close()
    other.close()


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    """Of two workers one stands still: its owners hear OK, or that it is unavailable, and nothing else; then all is well."""
    with running(tmp_path, tuple("abcdef"), workers=2) as server:
        pid = server.children()["worker-1"]
        assert {signed_in_somewhere(server, name) for name in "abcdef"} == {"OK"}
        os.kill(pid, signal.SIGSTOP)
        try:
            said = {name: signed_in_somewhere(server, name) for name in "abcdef"}
        finally:
            with contextlib.suppress(ProcessLookupError):  # by now it may have been replaced
                os.kill(pid, signal.SIGCONT)
        assert set(said.values()) <= {"OK", "NO [UNAVAILABLE]"}
        for name in "abcdef":
            assert until(lambda: signed_in_somewhere(server, name) == "OK", 20)  # noqa: B023 - called at once


def signed_in_somewhere(server: Server, name: str) -> str:
    """The answer to APPEND of whichever worker answers at all."""
    while True:
        with server.connect("imap", 1.0) as connection, contextlib.suppress(TimeoutError):
            connection.recv(1_000)
            connection.settimeout(30)
            connection.sendall(f"a LOGIN {name}@{DOMAIN} {PASSWORD}\r\nb APPEND INBOX {{3+}}\r\nx\r\n\r\n".encode())
            with connection.makefile("rb") as lines:
                for line in lines:
                    if line.startswith((b"b ", b"a NO")):
                        return without_words(line[2:])
