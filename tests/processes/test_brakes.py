"""Limits of what is sent, a mailbox in other hands, and letting it send again: through the wire, on a running server."""

import imaplib
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


@pytest.fixture(params=[1, 3], ids=["one-worker", "three-workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=request.param) as started:
        yield started


def submit(server: Server, sender: str, *recipients: str) -> str:
    """Submit a message; the last reply."""
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=20) as client:
        client.ehlo()
        client.login(sender, PASSWORD)
        reply = client.mail(sender)
        for recipient in recipients:
            if reply[0] < 400:
                answer = client.rcpt(recipient)
                reply = reply if answer[0] >= 400 and len(recipients) > 1 else answer
        if reply[0] < 400:
            reply = client.data(f"From: {sender}\r\nSubject: x\r\n\r\nx\r\n".encode())
        return f"{reply[0]} {reply[1].decode()}"


def test_a_limit_is_told_and_others_are_not_concerned(server: Server) -> None:
    server.command("setting", "set", "send.limits", "minute=2", "--account", ALICE)
    assert until(lambda: '"minute"' in server.command("--json", "account", "sending", ALICE))
    assert submit(server, ALICE, BOB).startswith("250")
    answer = submit(server, ALICE, BOB, ALICE)
    assert answer.startswith("450 4.7.1 the limit of this mailbox is 2 recipients in a minute: 1 used, free at ")
    assert submit(server, ALICE, BOB).startswith("250")
    assert submit(server, BOB, ALICE, BOB, BOB).startswith("250")
    server.command("setting", "set", "send.domain_limits", "hour=5", "--domain", DOMAIN)
    assert until(lambda: submit(server, BOB, ALICE).startswith("450 4.7.1 the limit of the domain example.test is 5 recipients"))
    server.command("setting", "reset", "send.domain_limits", "--domain", DOMAIN)
    server.command("setting", "set", "send.limits", "minute=100", "--account", ALICE)
    assert until(lambda: submit(server, ALICE, BOB).startswith("250"))


def test_a_mailbox_in_other_hands_is_stopped_and_restored(server: Server) -> None:
    server.command("setting", "set", "routes", "*=smtp://127.0.0.1:1")
    server.command("setting", "set", "send.hijack", "new=6, failures=3")
    server.command("account", "set", ALICE, "--recovery", BOB)
    assert until(lambda: submit(server, ALICE, "eve@elsewhere.example").startswith("250"))
    assert submit(server, BOB, "eve@elsewhere.example").startswith("250")
    strangers = [f"x{number}@elsewhere.example" for number in range(6)]
    assert until(lambda: "in an hour; ask your administrator" in submit(server, ALICE, *strangers))
    assert until(lambda: submit(server, ALICE, BOB).startswith("550 5.7.1 sending from alice@example.test has been stopped: "))
    queued = [row for row in server.command("queue", "list").splitlines() if "elsewhere" in row]
    assert {("alice" in row) == ("held" in row) for row in queued} == {True}
    assert until(lambda: subjects(server, BOB) == ["Sending from alice@example.test has been stopped"])
    assert until(lambda: subjects(server, f"postmaster@{DOMAIN}", "Correct-horse-7") != [])
    told = server.command("account", "restore", ALICE, "--release")
    assert "may send again, 1 recipients released" in told
    assert until(lambda: submit(server, ALICE, BOB).startswith("250"))
    for name in ("n1", "n2", "n3"):
        submit(server, ALICE, f"{name}@{DOMAIN}", BOB)
    assert until(lambda: "3 recipients that do not exist in an hour" in submit(server, ALICE, BOB))
    server.command("account", "restore", ALICE, "--purge", "--yes")
    assert not [row for row in server.command("queue", "list").splitlines() if "alice" in row]


def subjects(server: Server, address: str, password: str = PASSWORD) -> list[str]:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    client.login(address, password)
    client.select("INBOX", readonly=True)
    _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    texts = [row[1].decode().split(": ", 1)[1].strip() for row in found if isinstance(row, tuple)]
    return [text for text in texts if text != "x"]
