"""Commands beside a running server: they take effect in it at once."""

import asyncio
import imaplib
import smtplib
import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.command import Command, command, serving

from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectoryReader
from posthouse.bootstrap.commands.install import Installation, install
from posthouse.bootstrap.layout import Layout
from posthouse.model.account import CredentialKind

ALICE = "alice@example.test"
MESSAGE = b"From: bob@example.org\r\nSubject: hello\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A server with two workers on loopback: its directory and its port offset."""
    directory = tmp_path_factory.mktemp("server") / "data"
    wanted = Installation(
        hostname="mail.example.test",
        domain="example.test",
        administrator="postmaster@example.test",
        password="x",
        profile="lab",
    )
    asyncio.run(install(Layout(directory), wanted))
    with serving(directory, "--workers", "2") as offset:
        yield directory, offset


@pytest.fixture
def posthouse(server: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(server[0], monkeypatch, capsys)


@pytest.fixture
def alice(posthouse: Command) -> Iterator[str]:
    """An account with an app password, which is given."""
    assert posthouse("account", "add", ALICE, "--no-password").status == 0
    yield posthouse("app-password", "add", ALICE, "--name", "test").out.strip()
    assert posthouse("account", "remove", ALICE, "--now").status == 0


@contextmanager
def _signed_in(offset: int, password: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", 143 + offset, timeout=10)
    try:
        client.login(ALICE, password)
        yield client
    finally:
        client.shutdown()


def _ends(client: imaplib.IMAP4) -> bool:
    """Whether the server ends the session within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            client.noop()
        except imaplib.IMAP4.abort:
            return True
        time.sleep(0.05)
    return False


def test_an_account_made_now_signs_in_now_and_a_revoked_one_is_signed_out(
    posthouse: Command, server: tuple[Path, int], alice: str
) -> None:
    with _signed_in(server[1], alice) as client:
        assert client.select("INBOX")[0] == "OK"
        assert posthouse("app-password", "remove", ALICE, "test").status == 0
        assert _ends(client)
    with pytest.raises(imaplib.IMAP4.error), _signed_in(server[1], alice):
        pass


def test_what_is_delivered_by_command_and_by_smtp_is_read_by_imap(posthouse: Command, server: tuple[Path, int], alice: str) -> None:
    assert posthouse("deliver", ALICE, given=MESSAGE).out.startswith("delivered")
    with smtplib.SMTP("127.0.0.1", 25 + server[1], timeout=10) as client:
        client.sendmail("bob@example.org", [ALICE], MESSAGE)
    with _signed_in(server[1], alice) as reader:
        assert reader.select("INBOX") == ("OK", [b"2"])
    deadline = time.monotonic() + 10
    while len(posthouse("--json", "trace", ALICE).json) < 2:
        assert time.monotonic() < deadline


def test_importing_into_a_running_server(posthouse: Command, server: tuple[Path, int], alice: str, tmp_path: Path) -> None:
    box = tmp_path / "box"
    large = b"Subject: large\n\n" + b"x" * 70 + b"\n" * 100_000
    stamp = b"From a@b Thu Nov 13 13:30:25 2003\n"
    box.write_bytes(stamp + MESSAGE.replace(b"\r\n", b"\n") + b"\n" + stamp + large + b"\n")
    assert posthouse("import", ALICE, str(box), "--mailbox", "Old").out == "imported 2, there already 0\n"
    assert posthouse("import", ALICE, str(box), "--mailbox", "Old").out == "imported 0, there already 2\n"
    with _signed_in(server[1], alice) as client:
        assert client.select("Old") == ("OK", [b"2"])
    assert posthouse("verify", ALICE).status == 0


def test_status_and_the_web(posthouse: Command, server: tuple[Path, int]) -> None:
    status = posthouse("--json", "status").json
    assert (status["running"], status["workers"]) == (True, 2)
    assert status["ports"]["imap"] == 143 + server[1]
    trusting = ssl._create_unverified_context()
    for url in (f"http://127.0.0.1:{80 + server[1]}", f"https://127.0.0.1:{443 + server[1]}"):
        for path, words in (("/healthz", "ok"), ("/readyz", '"worker-1":true'), ("/", str(993 + server[1]))):
            with urllib.request.urlopen(url + path, timeout=10, context=trusting) as answer:
                assert words in answer.read().decode()


def test_a_second_server_is_refused(posthouse: Command) -> None:
    said = posthouse("serve", "--bind", "127.0.0.1", "--port-offset", "29000")
    assert said.status == 1
    assert "another Posthouse process" in said.err


def test_settings_and_the_queue_through_the_server(posthouse: Command, alice: str) -> None:
    assert alice
    assert posthouse("setting", "set", "routes", "*=smtp://127.0.0.1:9").status == 0
    posthouse("alias", "add", "all@example.test", ALICE, "fred@example.org")
    assert posthouse("deliver", "all@example.test", "--from", ALICE, given=MESSAGE).out.startswith("queued")
    deadline = time.monotonic() + 10
    while [row["to"] for row in posthouse("--json", "queue", "list").json] != ["fred@example.org"]:
        assert time.monotonic() < deadline
    assert posthouse("queue", "hold", "--domain", "example.com").out == "held 0 recipients\n"
    assert posthouse("queue", "hold", "--from", "alice", "--for", "fred").out == "held 1 recipients\n"
    assert [row["to"] for row in posthouse("--json", "queue", "list", "--held", "--for", "fred").json] == ["fred@example.org"]
    assert posthouse("queue", "purge", "--all").out == "threw away 1 recipients\n"
    posthouse("alias", "remove", "all@example.test")


def test_a_route_is_shown_and_tried(posthouse: Command) -> None:
    assert posthouse("setting", "set", "routes", "*=smtp://127.0.0.1:9|refuse:never").status == 0
    assert posthouse("--json", "queue", "route", "Example.ORG").json == [
        {"server": "smtp://127.0.0.1:9", "tls": "opportunistic", "policy": "no-policy-found"}
    ]
    tried = posthouse("queue", "route", "example.org", "--try")
    assert (tried.status, "no connection to 127.0.0.1 port 9" in tried.out) == (1, True)
    assert "cat is /" in posthouse("queue", "route", "pipe:cat $recipients", "--try").out
    refused = posthouse("setting", "set", "routes", "*=smtp://user:secret@relay.example?tls=none")
    assert (refused.status, "without TLS" in refused.err, "secret" in refused.err) == (1, True, False)
    assert posthouse("queue", "reroute", "--all", "--to", "no domain").status == 1
    posthouse("setting", "reset", "routes")


def test_the_programs_of_an_app_password_are_listed(posthouse: Command, server: tuple[Path, int], alice: str) -> None:
    narrow = posthouse("app-password", "add", ALICE, "--name", "narrow", "--for", "imap").out.strip()
    with _signed_in(server[1], narrow) as client:
        client.xatom("ID", '("name" "Thunderbird")')
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused, smtplib.SMTP("127.0.0.1", 587 + server[1], timeout=10) as other:
        other.login(ALICE, narrow)
    assert b"only for imap" in refused.value.smtp_error
    for _ in range(100):
        listed = {each["name"]: each for each in posthouse("--json", "app-password", "list", ALICE).json}
        if listed["narrow"]["uses"]:
            break
        time.sleep(0.1)
    (use,) = listed["narrow"]["uses"]
    assert (use["protocol"], use["program"], use["address"]) == ("imap", "Thunderbird", "127.0.0.1")
    assert (listed["narrow"]["protocols"], listed["test"]["uses"]) == (["imap"], [])
    assert "Thunderbird" in posthouse("app-password", "list", ALICE).out


def test_another_servers_hash_is_ours_after_the_first_sign_in(posthouse: Command, server: tuple[Path, int], alice: str) -> None:
    kept = b"{SHA256-CRYPT}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5\n"
    assert posthouse("domain", "set", "example.test", "--no-app-passwords-only").status == 0
    assert posthouse("account", "passwd", ALICE, "--password-hash-stdin", given=kept).status == 0
    assert _schemes(server[0]) == {"foreign"}
    for _ in range(100):  # the workers hear of it within half a second
        try:
            with _signed_in(server[1], "Hello world!"):
                break
        except imaplib.IMAP4.error:
            time.sleep(0.1)
    assert _schemes(server[0]) == {"argon2id"}
    with _signed_in(server[1], "Hello world!"), pytest.raises(imaplib.IMAP4.error), _signed_in(server[1], "Hello world?"):
        pass


def _schemes(directory: Path) -> set[str]:
    """The schemes in which Alice's account password is kept."""

    async def read() -> set[str]:
        reader = SqliteDirectoryReader(Layout(directory).directory)
        account = await reader.account_at(ALICE)
        assert account is not None
        found = await reader.credentials(account.id)
        reader.close()
        return {scheme for kept in found if kept.kind is CredentialKind.PASSWORD for scheme in kept.verifiers}

    return asyncio.run(read())
