"""What becomes of mail that arrives, changed while a server runs: sent on, answered, for nobody."""

import imaplib
import smtplib
from collections.abc import Iterator

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

ALICE, BOB, CAROL = (f"{name}@{DOMAIN}" for name in ("alice", "bob", "carol"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("arrivals"), accounts=("alice", "bob", "carol")) as started:
        yield started


def send(server: Server, sender: str, recipient: str, subject: str, fields: str = "") -> str:
    """Send a message; the last reply."""
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
        client.ehlo()
        replies = [client.mail(sender), client.rcpt(recipient)]
        if replies[-1][0] == 250:
            names = f"From: {sender}\r\nTo: {recipient}\r\nMessage-ID: <{subject}@x.example>\r\n"
            text = f"{names}{fields}Subject: {subject}\r\n\r\nhi\r\n"
            replies.append(client.data(text.encode()))
        code, words = replies[-1]
        return f"{code} {words.decode()}"


def inbox(server: Server, address: str) -> list[str]:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    client.login(address, PASSWORD)
    client.select("INBOX", readonly=True)
    _, found = client.fetch("1:*", "(BODY.PEEK[])")
    client.logout()
    return [row[1].decode() for row in found if isinstance(row, tuple)]


def has(server: Server, address: str, words: str) -> bool:
    return any(words in message for message in inbox(server, address))


def test_mail_is_sent_on_and_kept_or_not(server: Server) -> None:
    server.command("forward", "add", CAROL, BOB)
    assert until(lambda: send(server, "eve@x.example", CAROL, "both").startswith("250"))
    assert until(lambda: has(server, BOB, "Subject: both") and has(server, CAROL, "Subject: both"))
    server.command("forward", "keep", CAROL, "--no-keep")
    assert until(lambda: "not kept" in server.command("forward", "set", CAROL, BOB))
    assert send(server, "eve@x.example", CAROL, "one").startswith("250")
    assert until(lambda: has(server, BOB, "Subject: one"))
    assert not has(server, CAROL, "Subject: one")
    server.command("forward", "remove", CAROL)
    assert until(lambda: send(server, "eve@x.example", CAROL, "kept again").startswith("250"))
    assert until(lambda: has(server, CAROL, "Subject: kept again"))


def test_a_person_is_answered_once_a_day_and_a_program_never(server: Server) -> None:
    server.command("autoreply", "set", ALICE, "--text", "Ich bin im Urlaub – bis bald.", "--subject", "Abwesend")
    for subject, fields in (("auto", "Auto-Submitted: auto-generated\r\n"), ("first", ""), ("second", "")):
        assert send(server, BOB, ALICE, subject, fields).startswith("250")
    assert until(lambda: has(server, BOB, "Subject: Abwesend"))
    assert until(lambda: "answered often enough" in server.command("trace", ALICE))
    (reply,) = (message for message in inbox(server, BOB) if "Subject: Abwesend" in message)
    assert reply.startswith("Return-Path: <>\r\n")
    for line in ("Auto-Submitted: auto-replied", f"To: {BOB}", "In-Reply-To: <first@x.example>"):
        assert f"\r\n{line}\r\n" in reply
    assert "a program has written it" in server.command("trace", ALICE)
    assert len([message for message in inbox(server, ALICE) if "\r\nSubject: " in message]) == 3
    server.kill()
    server.start()
    assert send(server, BOB, ALICE, "third").startswith("250")
    assert until(lambda: has(server, ALICE, "Subject: third"))
    assert sum("Subject: Abwesend" in message for message in inbox(server, BOB)) == 1


def test_an_address_that_only_answers(server: Server) -> None:
    server.command("account", "add", f"closed@{DOMAIN}", "--no-password")
    server.command("autoreply", "set", f"closed@{DOMAIN}", "--text", "We have closed.", "--subject", "Closed")
    server.command("forward", "keep", f"closed@{DOMAIN}", "--no-keep")
    assert until(lambda: send(server, BOB, f"closed@{DOMAIN}", "hello").startswith("250"))
    assert until(lambda: has(server, BOB, "Subject: Closed"))
    assert '"messages": 0' in server.command("--json", "account", "show", f"closed@{DOMAIN}")


def test_mail_for_nobody(server: Server) -> None:
    nobody = f"nobody@{DOMAIN}"
    assert send(server, BOB, nobody, "x") == "550 5.1.1 no such mailbox here"
    warned = server.command("domain", "unknown", DOMAIN, "bounce", "write to info@example.org", "--yes")
    assert "until" in warned
    assert until(lambda: send(server, BOB, nobody, "x") == "550 5.1.1 write to info@example.org")
    server.command("domain", "unknown", DOMAIN, "forward", CAROL, "--yes")
    assert until(lambda: send(server, BOB, nobody, "caught").startswith("250"))
    assert until(lambda: has(server, CAROL, "Subject: caught"))
    server.command("domain", "unknown", DOMAIN, "reject")
    assert until(lambda: send(server, BOB, nobody, "x") == "550 5.1.1 no such mailbox here")
