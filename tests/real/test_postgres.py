"""A server whose accounts are in PostgreSQL: mail comes in and is read while workers are killed and the database goes away."""

import imaplib
import json
import os
import re
import signal
import smtplib
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from functools import partial
from pathlib import Path

import pytest
from tests.support.foreign import Program
from tests.support.postgres import PostgresServer, postgres_running
from tests.support.running import DOMAIN, PASSWORD, Server, posthouse, until

PEOPLE = ("alice", "bob")


@pytest.fixture
def database(program: Program) -> Iterator[PostgresServer]:
    """A database server of this test's own, which may be stopped."""
    with postgres_running(program("postgres"), durable=True) as started:
        yield started


@pytest.fixture
def house(database: PostgresServer, tmp_path: Path) -> Iterator[Server]:
    """A server with two workers, not yet running."""
    directory = tmp_path / "house"
    url = database.url("postgres")
    named = ["--hostname", "mail.example.test", "--domain", DOMAIN, "--admin", f"postmaster@{DOMAIN}", "--password-stdin"]
    posthouse(directory, "init", *named, "--profile", "lab", "--accounts", url, given="Correct-horse-7\n")
    for name in PEOPLE:
        posthouse(directory, "account", "add", f"{name}@{DOMAIN}", "--password-stdin", given=f"{PASSWORD}\n")
    server = Server(directory, workers=2)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


class Sender(threading.Thread):
    """Sends one message after the other, and remembers those that were accepted."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._name = name
        self._ended = threading.Event()
        self.accepted: list[str] = []
        self.refused: set[int] = set()

    def run(self) -> None:
        number = 0
        while not self._ended.is_set():
            number += 1
            subject = f"{self._name}-{number}"
            # Every tenth is larger than what the database keeps itself.
            body = "x" * 76 + "\r\n"
            text = f"Subject: {subject}\r\n\r\n{body * (2_000 if number % 10 == 0 else 5)}"
            try:
                with smtplib.SMTP("127.0.0.1", self._server.port("smtp"), timeout=20) as client:
                    client.sendmail("a@remote.example", [f"{self._name}@{DOMAIN}"], text)
                self.accepted.append(subject)
            except smtplib.SMTPResponseException as error:
                self.refused.add(error.smtp_code)
            except smtplib.SMTPRecipientsRefused as error:
                self.refused.update(code for code, _ in error.recipients.values())
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)

    def end(self) -> None:
        self._ended.set()
        self.join(60)


def client_of(server: Server, name: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=30)
    client.login(f"{name}@{DOMAIN}", PASSWORD)
    return client


def holds(client: imaplib.IMAP4, numbers: bytes) -> bool:
    client.noop()
    return bool(client.search(None, "ALL")[1] == [numbers])


def subjects(server: Server, name: str) -> list[str]:
    client = client_of(server, name)
    client.select("INBOX", readonly=True)
    _, rows = client.fetch("1:*", "(UID RFC822.SIZE BODY.PEEK[])")
    client.logout()
    found = []
    for row in rows:
        if isinstance(row, tuple):
            size = int(re.search(rb"RFC822.SIZE (\d+)", row[0])[1])  # type: ignore[index]
            assert size == len(row[1])
            found.append(str(message_from_bytes(row[1])["Subject"]))
    return found


def test_nothing_accepted_is_lost(house: Server, database: PostgresServer) -> None:
    house.start()
    senders = [Sender(house, name) for name in PEOPLE]
    for sender in senders:
        sender.start()
    assert until(lambda: all(len(sender.accepted) >= 10 for sender in senders), 30), house.log()
    os.kill(house.children()["worker-1"], signal.SIGKILL)
    time.sleep(1)
    watching = client_of(house, "alice")
    database.stop("immediate")
    status, answer = watching.status("INBOX", "(MESSAGES)")
    assert (status, b"[UNAVAILABLE]" in answer[0]) == ("NO", True), answer
    time.sleep(1)
    before = [len(sender.accepted) for sender in senders]
    database.start()
    assert until(lambda: all(len(sender.accepted) > number + 5 for sender, number in zip(senders, before, strict=True)), 60)
    assert until(lambda: watching.status("INBOX", "(MESSAGES)")[0] == "OK")
    watching.logout()
    house.kill()
    house.start()
    time.sleep(1)
    for sender in senders:
        sender.end()
        assert sender.refused <= {421, 450, 451, 452}
    assert until(lambda: json.loads(house.command("--json", "queue", "list")) == [], 120), house.command("queue", "list")
    for name, sender in zip(PEOPLE, senders, strict=True):
        found = subjects(house, name)
        assert len(found) == len(set(found))
        assert set(sender.accepted) <= set(found)
    house.command("verify")
    house.command("reindex")
    assert house.stop() == 0


def test_clients_of_both_workers_see_each_other(house: Server) -> None:
    house.start()
    clients = [client_of(house, "alice") for _ in range(6)]
    for client in clients:
        client.select("INBOX")
    clients[0].append("INBOX", "", imaplib.Time2Internaldate(time.time()), b"Subject: new\r\n\r\nhello\r\n")
    assert all(until(partial(holds, client, b"1")) for client in clients)
    clients[-1].store("1", "+FLAGS", "(\\Deleted)")
    clients[-1].expunge()
    assert all(until(partial(holds, client, b"")) for client in clients)
    for client in clients:
        client.logout()
    assert house.command("verify", f"alice@{DOMAIN}")
    assert house.stop() == 0


def test_a_house_whose_database_is_away_says_so_and_works_when_it_is_back(house: Server, database: PostgresServer) -> None:
    database.stop()
    house.start()
    client = client_of(house, "bob")
    assert client.select("INBOX")[0] == "NO"
    database.start()
    assert until(lambda: client.select("INBOX")[0] == "OK")
    client.logout()
    assert house.stop() == 0
