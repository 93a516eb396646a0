"""Domains and mailboxes, changed while a server runs."""

import imaplib
import json
import poplib
import smtplib
from collections.abc import Iterator

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, posthouse, running, until

ALICE, BOB, POST = (f"{name}@{DOMAIN}" for name in ("alice", "bob", "postmaster"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("people"), accounts=("alice", "bob")) as started:
        yield started


def rcpt(server: Server, recipient: str, subject: str = "") -> str:
    """Name a recipient from outside, and with a subject send the message; the last reply."""
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
        client.ehlo()
        client.mail("eve@x.example")
        code, words = client.rcpt(recipient)
        if code == 250 and subject:
            code, words = client.data(f"From: eve@x.example\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nhi\r\n".encode())
        return f"{code} {words.decode()}"


def signed_in(server: Server, login: str) -> imaplib.IMAP4 | str:
    """A signed-in session, or why not."""
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    try:
        client.login(login, PASSWORD)
    except imaplib.IMAP4.error as error:
        client.shutdown()
        return str(error)
    return client


def admitted(server: Server, login: str) -> bool:
    client = signed_in(server, login)
    if isinstance(client, str):
        return False
    client.logout()
    return True


def has(server: Server, login: str, subject: str) -> bool:
    client = signed_in(server, login)
    assert not isinstance(client, str)
    client.select("INBOX", readonly=True)
    _, found = client.search(None, "SUBJECT", f'"{subject}"')
    client.logout()
    return bool(found[0])


def ended(client: imaplib.IMAP4) -> bool:
    try:
        client.noop()
    except (imaplib.IMAP4.abort, OSError):
        client.shutdown()
        return True
    return False


def test_a_domain_that_stands_for_another(server: Server) -> None:
    other = "alice@example.org"
    assert rcpt(server, other).startswith("550")
    server.command("domain", "add", "example.org", "--stands-for", DOMAIN)
    assert until(lambda: rcpt(server, other, "to the other name").startswith("250"))
    assert until(lambda: has(server, other, "to the other name"))
    assert has(server, ALICE, "to the other name")
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=10) as client:
        client.login(other, PASSWORD)
        client.sendmail(other, [BOB], f"From: {other}\r\nSubject: from the other name\r\n\r\nhi\r\n")
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("bob@example.org", [BOB], "Subject: x\r\n\r\nhi\r\n")
    assert until(lambda: has(server, BOB, "from the other name"))
    refused = posthouse(server.directory, "account", "add", "carol@example.org", "--no-password", check=False)
    assert "stands for example.test" in refused.stderr
    assert json.loads(server.command("--json", "domain", "show", DOMAIN))["stood_for_by"] == ["example.org"]
    server.command("domain", "set", "example.org", "--stands-for", "none")
    assert until(lambda: rcpt(server, other).startswith("550"))


def test_the_limits_of_a_domain(server: Server) -> None:
    server.command("domain", "add", "small.test")
    server.command(
        "domain", "set", "small.test", "--mailboxes", "1", "--largest-quota", "1GB", "--title", "Small", "--refuse", "pop3"
    )
    server.command("account", "add", "a@small.test", "--no-password")
    refused = posthouse(server.directory, "account", "add", "b@small.test", "--no-password", check=False)
    assert "the domain has 1 mailboxes of at most 1" in refused.stderr
    shown = json.loads(server.command("--json", "domain", "show", "small.test"))
    assert (shown["accounts"], shown["quota_octets"]) == (1, 1_000_000_000)
    assert (shown["branding"]["title"], shown["refused_services"]) == ("Small", ["pop3"])


def test_a_suspended_domain(server: Server) -> None:
    client = signed_in(server, BOB)
    assert not isinstance(client, str)
    server.command("domain", "suspend", DOMAIN)
    assert until(lambda: ended(client), 2.0)
    assert "CONTACTADMIN" in str(signed_in(server, BOB))
    server.command("domain", "resume", DOMAIN)
    assert until(lambda: admitted(server, BOB))


def test_ways_that_are_switched_off(server: Server) -> None:
    client = signed_in(server, BOB)
    assert not isinstance(client, str)
    server.command("account", "set", BOB, "--refuse", "imap,submission")
    assert until(lambda: ended(client), 2.0)
    assert "[CONTACTADMIN] IMAP is switched off" in str(signed_in(server, BOB))
    pop = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=10)
    pop.user(BOB)
    assert pop.pass_(PASSWORD).startswith(b"+OK")
    pop.quit()
    with (
        smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=10) as submission,
        pytest.raises(smtplib.SMTPResponseException, match="ubmission is switched off"),
    ):
        submission.login(BOB, PASSWORD)
    server.command("account", "set", BOB, "--refuse", "none", "--logins", "K-1234")
    assert until(lambda: admitted(server, "k-1234"))


def test_a_mailbox_that_takes_no_mail(server: Server) -> None:
    server.command("account", "suspend", BOB, "--receiving")
    assert until(lambda: rcpt(server, BOB).startswith("4"))
    assert admitted(server, BOB)
    server.command("account", "suspend", BOB, "--refuse")
    assert until(lambda: rcpt(server, BOB).startswith("550 5.2.1"))
    server.command("account", "resume", BOB, "--receiving")
    assert until(lambda: rcpt(server, BOB).startswith("250"))


def test_a_mailbox_is_renamed_removed_and_restored(server: Server) -> None:
    new = f"robert@{DOMAIN}"
    server.command("account", "rename", BOB, new)
    assert until(lambda: rcpt(server, BOB, "to the former address").startswith("250"))
    assert until(lambda: has(server, new, "to the former address"))
    client = signed_in(server, new)
    assert not isinstance(client, str)
    server.command("account", "remove", new, "--yes")
    assert until(lambda: ended(client), 2.0)
    assert until(lambda: rcpt(server, new).startswith("550 5.2.1"))
    refused = posthouse(server.directory, "account", "add", new, "--no-password", check=False)
    assert "as a mailbox that has been removed (until 20" in refused.stderr
    server.command("account", "undelete", new)
    assert until(lambda: admitted(server, new))
    assert has(server, new, "to the former address")
    server.command("account", "remove", new, "--now", "--yes")
    assert until(lambda: rcpt(server, BOB).startswith("550 5.1.1"))


def test_how_large_messages_may_be(server: Server) -> None:
    server.command("setting", "set", "receive.message_octets", "1000", "--account", ALICE)
    server.command("setting", "set", "send.message_octets", "2000", "--account", ALICE)
    long = "x" * 900 + "\r\n " + "x" * 900
    assert until(lambda: rcpt(server, ALICE, long).startswith("552 5.2.3"))
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=10) as submission:
        submission.login(ALICE, PASSWORD)
        code, words = submission.docmd("MAIL", f"FROM:<{ALICE}> SIZE=2001")
        assert (code, words[:5]) == (552, b"5.3.4")
    client = signed_in(server, ALICE)
    assert not isinstance(client, str)
    assert "APPENDLIMIT=2000" in client.capability()[1][0].decode()
    assert b"[TOOBIG]" in client.append("INBOX", "", "", b"\r\n" + b"x" * 2000)[1][0]
    client.logout()
    server.command("setting", "reset", "receive.message_octets", "--account", ALICE)
    server.command("setting", "reset", "send.message_octets", "--account", ALICE)


def test_a_quota_is_no_more_than_the_disk(server: Server) -> None:
    status = json.loads(server.command("--json", "status"))
    assert 0 < status["disk"]["free_octets"] <= status["disk"]["octets"]
    more = str(status["disk"]["octets"] + 1)
    refused = posthouse(server.directory, "account", "set", ALICE, "--quota", more, check=False)
    assert "more than the whole disk has" in refused.stderr


def submitted(server: Server, login: str) -> str:
    """Sign in for sending and begin a message; the last reply."""
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=10) as client:
        try:
            client.login(login, PASSWORD)
            code, words = client.mail(login)
        except smtplib.SMTPResponseException as error:
            code, words = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    return f"{code} {words.decode()}"


def test_a_mailbox_that_expires(server: Server) -> None:
    client = signed_in(server, ALICE)
    assert not isinstance(client, str)
    server.command("account", "set", ALICE, "--expires", "2020-01-31")
    assert until(lambda: ended(client), 2.0)
    assert "[EXPIRED]" in str(signed_in(server, ALICE))
    assert submitted(server, ALICE).startswith("535 5.7.8")
    assert rcpt(server, ALICE, "it still receives").startswith("250")
    server.command("account", "set", ALICE, "--expires", "never")
    assert until(lambda: admitted(server, ALICE))
    assert until(lambda: has(server, ALICE, "it still receives"))


def test_suspended_from_signing_in_and_from_sending_only(server: Server) -> None:
    client = signed_in(server, ALICE)
    assert not isinstance(client, str)
    server.command("account", "stop-sending", ALICE)
    assert until(lambda: "has been stopped" in submitted(server, ALICE))
    assert client.noop()[0] == "OK"
    assert rcpt(server, ALICE).startswith("250")
    server.command("account", "restore", ALICE)
    assert until(lambda: submitted(server, ALICE).startswith("250"))
    server.command("account", "suspend", ALICE)
    assert until(lambda: ended(client), 2.0)
    assert "CONTACTADMIN" in str(signed_in(server, ALICE))
    assert rcpt(server, ALICE).startswith("250")
    server.command("account", "resume", ALICE)
    assert until(lambda: admitted(server, ALICE))


def test_the_nearest_of_four_scopes_wins_at_once(server: Server) -> None:
    def largest() -> str:
        """What is said to a message of 50,000 octets."""
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
            client.ehlo()
            client.mail("eve@x.example", ["SIZE=50000"])
            code, words = client.rcpt(ALICE)
            return words.decode().split(";")[0].rpartition(" at most ")[2] if code == 552 else str(code)

    key, staff = "receive.message_octets", f"staff@{DOMAIN}"
    server.command("group", "add", staff, ALICE)
    assert largest() == "250"
    scopes: list[tuple[str, ...]] = [(), ("--domain", DOMAIN), ("--group", staff), ("--account", ALICE)]
    for number, scope in enumerate(scopes, 1):
        server.command("setting", "set", key, str(number * 1_000), *scope)
        assert until(lambda: largest() == f"{number}kB" or largest() == f"{number} kB"), (scope, largest())  # noqa: B023 - at once
    server.command("group", "remove-member", staff, ALICE)
    server.command("setting", "reset", key, "--account", ALICE)
    assert until(lambda: largest() in ("2kB", "2 kB")), "the group's counts for its members only"
    for scope in scopes[:3]:
        server.command("setting", "reset", key, *scope)
    assert until(lambda: largest() == "250")


def test_a_table_shows_what_it_would_do_and_does_it_once(server: Server) -> None:
    table = server.directory.parent / "people.csv"
    rows = "".join(f"p{number}@{DOMAIN},Person {number},1GB,{PASSWORD}\n" for number in range(20))
    table.write_text(f"address,display_name,quota,password\n{rows}no address,,,\n")
    shown = posthouse(server.directory, "account", "import", str(table), "--dry-run", check=False)
    assert shown.returncode == 1
    assert shown.stdout.endswith("20 add, 1 refused\n")
    assert not admitted(server, f"p3@{DOMAIN}")
    posthouse(server.directory, "account", "import", str(table), check=False)
    assert admitted(server, f"p3@{DOMAIN}")
    table.write_text(f"address,refused_services,receive.message_octets\np3@{DOMAIN},imap,1000\n")
    changed = server.command("account", "import", str(table))
    assert f"change p3@{DOMAIN}" in changed
    assert until(lambda: "IMAP is switched off" in str(signed_in(server, f"p3@{DOMAIN}")))
    assert server.command("account", "import", str(table)) == "1 same\n"


def test_an_alias_and_a_subaddress(server: Server) -> None:
    server.command("alias", "add", f"shop@{DOMAIN}", ALICE)
    assert until(lambda: rcpt(server, f"shop@{DOMAIN}", "to the alias").startswith("250"))
    assert rcpt(server, f"alice+orders@{DOMAIN}", "to the subaddress").startswith("250")
    assert until(lambda: has(server, ALICE, "to the alias") and has(server, ALICE, "to the subaddress"))
    for address, form in ((f"shop@{DOMAIN}", f"an alias of {ALICE}"), (ALICE, "a mailbox")):
        for noun in (
            ("account", "add", address, "--no-password"),
            ("alias", "add", address, POST),
            ("group", "add", address, POST),
        ):
            refused = posthouse(server.directory, *noun, check=False)
            assert f"exists already, as {form}" in refused.stderr, noun
    server.command("alias", "remove", f"shop@{DOMAIN}")
    assert until(lambda: rcpt(server, f"shop@{DOMAIN}").startswith("550 5.1.1"))
