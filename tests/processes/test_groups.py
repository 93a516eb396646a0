"""Groups on a running server: who may write, nested, across domains, with copies, personal; and the settings they carry."""

import imaplib
import smtplib
from collections.abc import Iterator

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

STAFF, ALL = f"staff@{DOMAIN}", f"everybody@{DOMAIN}"
ALICE, BOB, CAROL = (f"{name}@{DOMAIN}" for name in ("alice", "bob", "carol"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("groups"), accounts=("alice", "bob", "carol")) as started:
        started.command("domain", "add", "branch.test")
        started.command("account", "add", "dora@branch.test", "--password-stdin", given=f"{PASSWORD}\n")
        yield started


def submit(server: Server, sender: str, recipient: str, subject: str) -> str:
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=20) as client:
        client.ehlo()
        client.login(sender, PASSWORD)
        return _sent(client, sender, recipient, subject)


def stranger(server: Server, sender: str, recipient: str, subject: str) -> str:
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20) as client:
        client.ehlo()
        return _sent(client, sender, recipient, subject)


def _sent(client: smtplib.SMTP, sender: str, recipient: str, subject: str) -> str:
    replies = [client.mail(sender), client.rcpt(recipient)]
    if replies[-1][0] == 250:
        text = f"From: {sender}\r\nTo: {recipient}\r\nCc: x@y.example\r\nSubject: {subject}\r\n\r\nhi\r\n"
        replies.append(client.data(text.encode()))
    return f"{replies[-1][0]} {replies[-1][1].decode()}"


def found(server: Server, address: str, subject: str) -> list[str]:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    client.login(address, PASSWORD)
    client.select("INBOX", readonly=True)
    _, rows = client.fetch("1:*", "(BODY.PEEK[])")
    client.logout()
    return [text for row in rows if isinstance(row, tuple) and f"Subject: {subject}\r\n" in (text := row[1].decode())]


def test_a_group_of_groups_people_and_patterns(server: Server) -> None:
    server.command("group", "add", STAFF, ALICE, "*@branch.test", "--keep")
    server.command("group", "add", ALL, STAFF, BOB, ALL, f"gone@{DOMAIN}")
    assert until(lambda: submit(server, CAROL, ALL, "one").startswith("250"))
    for address in (ALICE, BOB, "dora@branch.test"):
        assert until(lambda address=address: len(found(server, address, "one")) == 1)
    assert found(server, CAROL, "one") == []
    (message,) = found(server, ALICE, "one")
    assert f"\r\nTo: {ALL}\r\n" in message
    assert "sent on to 4 members" in server.command("trace", ALL)
    assert '"messages": 1' in server.command("--json", "account", "show", STAFF)


def test_who_may_write(server: Server) -> None:
    server.command(
        "group", "add", f"club@{DOMAIN}", ALICE, "eve@x.example", "--posting", "members", "--poster", "*@friends.example"
    )
    club = f"club@{DOMAIN}"
    refused = f"550 5.7.1 only its members may write to {club}"
    assert until(lambda: submit(server, ALICE, club, "mine").startswith("250"))
    assert submit(server, BOB, club, "no") == refused
    assert stranger(server, "mallory@x.example", club, "no") == refused
    assert stranger(server, ALICE, club, "no") == refused
    assert stranger(server, "eve@x.example", club, "hers").startswith("250")
    assert stranger(server, "f@friends.example", club, "friend").startswith("250")
    server.command("group", "set", club, "--posting", "domain")
    assert until(lambda: submit(server, BOB, club, "now").startswith("250"))
    assert submit(server, "dora@branch.test", club, "no") == f"550 5.7.1 only people of its own domain may write to {club}"
    server.command("group", "set", club, "--posting", "all")
    assert until(lambda: stranger(server, "mallory@x.example", club, "spam").startswith("250"))
    server.command("group", "remove", club, "--yes")
    assert until(lambda: submit(server, ALICE, club, "x") == "550 5.1.1 no such mailbox here")


def test_each_member_is_addressed(server: Server) -> None:
    server.command("group", "add", f"each@{DOMAIN}", ALICE, BOB, "--personal")
    assert until(lambda: submit(server, CAROL, f"each@{DOMAIN}", "personal").startswith("250"))
    for address in (ALICE, BOB):
        assert until(lambda address=address: len(found(server, address, "personal")) == 1)
        (message,) = found(server, address, "personal")
        assert f"\r\nTo: <{address}>\r\n" in message
        assert "x@y.example" not in message
        assert f"To: each@{DOMAIN}" not in message.replace("Delivered-To", "")


def test_a_group_carries_settings_for_its_members(server: Server) -> None:
    server.command("group", "add", f"interns@{DOMAIN}", "*@branch.test", "--precedence", "5")
    server.command("group", "add", f"trainees@{DOMAIN}", "dora@branch.test")
    server.command("setting", "set", "send.limits", "minute=50", "--group", f"trainees@{DOMAIN}")
    server.command("setting", "set", "send.limits", "minute=1", "--group", f"interns@{DOMAIN}")
    assert "minute=1" not in server.command("setting", "get", "send.limits")
    shown = server.command("--json", "setting", "get", "send.limits", "--account", "dora@branch.test")
    assert '"set_at": "group"' in shown
    assert until(lambda: "is 1 recipients in a minute" in submit(server, "dora@branch.test", ALICE, "y"))
    server.command("group", "remove-member", f"interns@{DOMAIN}", "*@branch.test")
    assert until(lambda: submit(server, "dora@branch.test", ALICE, "z").startswith("250"))


def test_announcements(server: Server) -> None:
    server.command("announce", "--to", "branch.test", "--subject", "Only the branch", "--text", "On Sunday.", "--yes")
    server.command("announce", "--to", "all", "--subject", "Everybody", "--text", "-", given="Am Sonntag.\n")
    server.command("announce", "--to", "all", "--subject", "Everybody", "--text", "-", given="Am Sonntag.\n")
    for address in (ALICE, "dora@branch.test"):
        assert until(lambda address=address: len(found(server, address, "Everybody")) == 1)
    assert until(lambda: len(found(server, "dora@branch.test", "Only the branch")) == 1)
    assert found(server, ALICE, "Only the branch") == []
