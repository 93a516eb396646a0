"""fetchmail and getmail: POP3 and IMAP, keeping and deleting, nothing twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, put, run, signed_in, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server

NOTHING_NEW = 1
"""What fetchmail returns when there was nothing to fetch."""
SERVICES = ["pop3s", "imaps", "pop3", "imap"]
NUMBERS = [f"letter {number}" for number in range(20)]
Fetch = Callable[..., list[str]]
"""Fetch once (``keep``, ``fresh``: whether something new is expected); returns the subjects of everything fetched so far."""


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def filled(server: Server) -> None:
    """Twenty messages in the inbox, some with lines that begin with dots and with From."""
    with signed_in(server, "alice", "INBOX") as client:
        client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
        client.expunge()
    put(server, "alice", *(letter(subject, f".dots\n..and\nFrom here\n内容 {subject}\n") for subject in NUMBERS))


def fetched(maildir: Path) -> list[str]:
    files = sorted((maildir / "new").iterdir())
    return sorted(path.read_bytes().partition(b"\nSubject: ")[2].partition(b"\n")[0].decode() for path in files)


@pytest.fixture
def fetchmail(program: Program, server: Server, service: str, tmp_path: Path) -> Fetch:
    """Delivers by a small command into a Maildir."""
    path, maildir = program("fetchmail"), maildir_in(tmp_path)
    deliver = delivering(tmp_path)
    config = tmp_path / "fetchmailrc"
    tls = "ssl" if service.endswith("s") else 'sslproto "TLS1.2+"'
    config.write_text(f"""
set no bouncemail
poll localhost protocol {service.removesuffix("s").upper()} port {server.port(service)} uidl
    user "alice@{DOMAIN}" password "{PASSWORD}" mda "{deliver}" {tls} sslcertck sslcertfile "{trusted(server)}"
""")
    config.chmod(0o600)

    def fetch(*, keep: bool, fresh: bool) -> list[str]:
        words = ["--keep"] if keep else ["--nokeep"]
        idfile: list[str | Path] = ["--idfile", tmp_path / "ids", "--pidfile", tmp_path / "pid"]
        run([path, "-f", config, *idfile, *words], tmp_path, status=0 if fresh else NOTHING_NEW)
        return fetched(maildir)

    return fetch


@pytest.fixture
def getmail(program: Program, server: Server, service: str, tmp_path: Path) -> Fetch:
    path, maildir = program("getmail"), maildir_in(tmp_path)
    deliver = delivering(tmp_path)
    state = tmp_path / "getmail"
    state.mkdir()
    protocol = service.removesuffix("s").upper()
    kind = f"Simple{protocol}SSLRetriever" if service.endswith("s") else f"Simple{protocol}Retriever"
    ca_certs = f"ca_certs = {trusted(server)}" if service.endswith("s") else ""

    def fetch(*, keep: bool, fresh: bool) -> list[str]:
        del fresh
        (state / "getmailrc").write_text(f"""
[retriever]
type = {kind}
server = localhost
port = {server.port(service)}
username = alice@{DOMAIN}
password = {PASSWORD}
{ca_certs}
[destination]
type = MDA_external
path = {deliver}
allow_root_commands = true
[options]
read_all = false
delete = {"false" if keep else "true"}
delivered_to = false
received = false
""")
        run([path, "--getmaildir", state], tmp_path)
        return fetched(maildir)

    return fetch


def delivering(folder: Path) -> Path:
    """A command that puts a message into the Maildir: the programs' own delivery refuses to work for root."""
    command = folder / "deliver"
    command.write_text(f'#!/bin/sh\nexec cat > "$(mktemp {folder}/fetched/new/XXXXXXXX)"\n')
    command.chmod(0o755)
    return command


def maildir_in(folder: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (folder / "fetched" / part).mkdir(parents=True)
    return folder / "fetched"


def follow(fetch: Fetch, server: Server) -> None:
    """Everything once, kept; then only what is new; then everything is taken away."""
    assert fetch(keep=True, fresh=True) == sorted(NUMBERS)
    assert fetch(keep=True, fresh=False) == sorted(NUMBERS)
    put(server, "alice", letter("one more"))
    assert fetch(keep=True, fresh=True) == sorted([*NUMBERS, "one more"])
    assert len(subjects(server, "alice")) == len(NUMBERS) + 1
    put(server, "alice", letter("the last"))
    assert fetch(keep=False, fresh=True) == sorted([*NUMBERS, "one more", "the last"])
    assert "the last" not in subjects(server, "alice")


def test_fetchmail_fetches_everything_once(fetchmail: Fetch, server: Server) -> None:
    follow(fetchmail, server)


def test_getmail_fetches_everything_once(getmail: Fetch, server: Server) -> None:
    follow(getmail, server)
    assert subjects(server, "alice") == []


def test_identifiers_survive_a_restart(server: Server, fetchmail: Fetch) -> None:
    assert fetchmail(keep=True, fresh=True) == sorted(NUMBERS)
    assert server.stop() == 0
    server.start()
    assert fetchmail(keep=True, fresh=False) == sorted(NUMBERS)


def test_messages_come_as_they_are(fetchmail: Fetch, server: Server, tmp_path: Path) -> None:
    del server
    fetchmail(keep=True, fresh=True)
    for path in (tmp_path / "fetched" / "new").iterdir():
        subject = path.read_bytes().partition(b"\nSubject: ")[2].partition(b"\n")[0].decode()
        body = letter(subject, f".dots\n..and\nFrom here\n内容 {subject}\n").partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")
        assert path.read_bytes().partition(b"\n\n")[2] == body
