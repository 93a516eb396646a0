"""A domain leaves one running server and comes to another, whatever is killed on the way."""

import contextlib
import imaplib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, posthouse, running

MOVED = "moved.test"
PHRASE = "a passphrase for moving\n"
MESSAGES = 600


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("there")
    with running(folder) as started:
        head = "From x@example.com Thu Jan  1 00:00:00 2026\nFrom: x@example.com\n"
        (folder / "box").write_text("".join(f"{head}Subject: {n}\n\nhi\n\n" for n in range(MESSAGES)))
        started.command("import", f"alice@{DOMAIN}", str(folder / "box"))
        with signed_in(started, f"alice@{DOMAIN}") as client:
            client.select("INBOX")
            client.uid("STORE", "2:400", "+FLAGS", "(\\Flagged $Label)")
            client.uid("STORE", ",".join(map(str, range(1, MESSAGES, 3))), "+FLAGS.SILENT", "(\\Deleted)")
            client.expunge()
        started.command("account", "set", f"bob@{DOMAIN}", "--name", "Bob")
        yield started


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("here"), accounts=()) as started:
        yield started


def signed_in(server: Server, login: str, password: str = PASSWORD) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    client.login(login, password)
    return client


def inbox(server: Server, login: str) -> tuple[list[bytes], list[object]]:
    """UIDVALIDITY, UIDNEXT, and the messages with their flags and dates."""
    with signed_in(server, login) as client:
        _, status = client.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)")
        client.select("INBOX", readonly=True)
        _, found = client.uid("FETCH", "1:*", "(FLAGS INTERNALDATE RFC822.SIZE)")
        return status, [line.replace(b"\\Recent ", b"") for line in found]


def written(server: Server) -> tuple[tuple[str, int, int], ...]:
    """How far the accounts' files have come: of each its name, length and time of the last change."""
    found = []
    for file in (server.directory / "accounts").rglob("*.db*"):
        with contextlib.suppress(FileNotFoundError):
            state = file.stat()
            found.append((file.name, state.st_size, state.st_mtime_ns))
    return tuple(sorted(found))


def killed_while_it_works(server: Server, arguments: tuple[str, ...], changes: int) -> bool:
    """Begin an import, and kill the command when it has been seen to write so often; whether it was still at it."""
    command = [sys.executable, "-m", "posthouse.cli.main", "-d", str(server.directory), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(PHRASE)
        process.stdin.close()
        last = written(server)
        while process.poll() is None and changes > 0:
            now = written(server)
            changes, last = changes - (now != last), now
        process.send_signal(signal.SIGKILL)
        return process.wait(30) == -signal.SIGKILL


def test_a_domain_moves_while_both_servers_run_and_the_command_is_killed(there: Server, here: Server, tmp_path: Path) -> None:
    app_password = json.loads(there.command("--json", "app-password", "add", f"alice@{DOMAIN}", "--name", "phone"))["password"]
    file = tmp_path / "domain.tar"
    told = there.command("domain", "export", DOMAIN, str(file), "--mail", "--passphrase-stdin", given=PHRASE)
    assert f"{DOMAIN}: 3 accounts, 0 aliases, {MESSAGES * 2 // 3} messages" in told
    dry = here.command("domain", "import", str(file), "--as", MOVED, "--dry-run", "--passphrase-stdin", given=PHRASE)
    assert dry.startswith(f"would bring in {MOVED}: 3 accounts")
    assert MOVED not in here.command("domain", "list")
    bring_in = ("domain", "import", str(file), "--as", MOVED, "--passphrase-stdin")
    killed = 0
    for attempt in range(5):
        if killed_while_it_works(here, bring_in, 3**attempt):
            killed += 1
        if attempt == 2:
            here.kill()
            here.start()
    assert killed > 2
    brought = posthouse(here.directory, *bring_in, given=PHRASE, check=False)
    assert brought.returncode == 0 or "is here already" in brought.stderr
    assert inbox(here, f"alice@{MOVED}") == inbox(there, f"alice@{DOMAIN}")
    with signed_in(here, f"alice@{MOVED}", app_password) as client:
        assert client.status("INBOX", "(UIDNEXT)")[0] == "OK"
    assert json.loads(here.command("--json", "account", "show", f"bob@{MOVED}"))["display_name"] == "Bob"
    assert [each["faults"] for each in json.loads(here.command("--json", "verify"))] == [[]] * 4
    again = posthouse(here.directory, "domain", "import", str(file), "--as", MOVED, check=False)
    assert "is here already" in again.stderr


def test_what_is_no_archive_is_refused_in_words(here: Server, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nothing" * 1_000)
    refused = posthouse(here.directory, "domain", "import", str(tmp_path / "x.tar"), check=False)
    assert refused.returncode == 1
    assert "no archive of a domain" in refused.stderr
