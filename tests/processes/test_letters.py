"""What the house writes to the owners of mailboxes, while a server runs."""

import imaplib
from collections.abc import Iterator

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("letters"), accounts=("alice",)) as started:
        yield started


def subjects(server: Server, name: str) -> list[str]:
    """What lies in somebody's inbox."""
    with imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10) as client:
        client.login(f"{name}@{DOMAIN}", PASSWORD)
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [part[1].decode().removeprefix("Subject: ").strip() for part in found if isinstance(part, tuple)]


def test_a_new_mailbox_is_welcomed_whichever_way_it_is_made(server: Server) -> None:
    server.command("setting", "set", "welcome.enabled", "on")
    server.command("setting", "set", "welcome.subject", "Welcome, {address}", "--domain", DOMAIN)
    server.command("account", "add", f"carol@{DOMAIN}", "--password-stdin", given=f"{PASSWORD}\n")
    table = server.directory.parent / "people.csv"
    table.write_text(f"address,password\ndave@{DOMAIN},{PASSWORD}\ncarol@{DOMAIN},\n")
    for _ in range(2):
        server.command("account", "import", str(table))
    description = server.directory.parent / "house.toml"
    description.write_text(f'[[accounts]]\naddress = "erin@{DOMAIN}"\n')
    server.command("apply", str(description), "--yes")
    server.command("account", "passwd", f"erin@{DOMAIN}", "--password-stdin", given=f"{PASSWORD}\n")
    for name in ("carol", "dave", "erin"):
        assert until(lambda name=name: subjects(server, name) == [f"Welcome, {name}@{DOMAIN}"]), name
    assert subjects(server, "alice") == []
