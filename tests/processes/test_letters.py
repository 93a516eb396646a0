"""What the house writes to the owners of mailboxes, while a server runs."""

import datetime as dt
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


def test_a_mailbox_that_fills_up_says_so_once(server: Server) -> None:
    server.command("setting", "set", "quota.letters_percent", "50,90")
    server.command("account", "set", f"alice@{DOMAIN}", "--quota", "20kB")
    filler = f"Subject: filler\r\n\r\n{'x' * 11_000}\r\n"
    server.command("deliver", f"alice@{DOMAIN}", given=filler)
    assert until(lambda: len(subjects(server, "alice")) == 2, 20.0)
    assert subjects(server, "alice")[1].startswith("Your mailbox is 5")
    server.command("deliver", f"alice@{DOMAIN}", given="Subject: small\r\n\r\nx\r\n")
    assert not until(lambda: len(subjects(server, "alice")) != 3, 6.0)


def test_what_expires_is_announced_once_whatever_is_restarted(server: Server) -> None:
    server.command(
        "account", "set", f"dave@{DOMAIN}", "--expires", (dt.datetime.now(dt.UTC) + dt.timedelta(days=5)).date().isoformat()
    )
    for _ in range(2):
        server.kill()
        server.start()
        assert until(lambda: len(subjects(server, "dave")) == 2, 20.0)
    assert subjects(server, "dave")[1].startswith(f"Your mailbox dave@{DOMAIN} expires after 20")
