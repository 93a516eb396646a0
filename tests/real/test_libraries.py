"""Client libraries of others, each doing a day's work by a script of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, put, run, signed_in, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server

SCRIPTS = Path(__file__).parent / "scripts"
LIBRARIES = Path(__file__).parent.parent.parent / ".real"
LETTERS = [f"letter {number} 你好" for number in range(1, 6)]
Script = Callable[..., str]


def fetched(path: Path) -> Path:
    """A library's place. Missing: a skip here, a failure in continuous integration."""
    if not path.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{path} is missing: run tests/real/install-libraries")
    return path


@pytest.fixture
def person(server: Server, request: pytest.FixtureRequest) -> str:
    """Somebody with five letters and nothing else."""
    name: str = request.param
    with signed_in(server, name) as client:
        for folder in ("INBOX", "Archive", "Sent"):
            client.select(folder)
            client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
            client.expunge()
    put(server, name, *(letter(subject, f"Text {number}.") for number, subject in enumerate(LETTERS, 1)))
    return name


def arguments(server: Server, person: str) -> list[str | Path]:
    return [str(server.port("imaps")), trusted(server), f"{person}@{DOMAIN}", PASSWORD]


def by_python(server: Server, person: str, script: str, home: Path) -> None:
    run([fetched(LIBRARIES / "venv" / "bin" / "python"), SCRIPTS / script, *arguments(server, person)], home, seconds=60)


@pytest.mark.parametrize("person", ["alice"], indirect=True)
def test_imapclient(server: Server, person: str, tmp_path: Path) -> None:
    by_python(server, person, "with_imapclient.py", tmp_path)
    assert subjects(server, person) == [LETTERS[0], LETTERS[1], LETTERS[3], "appended"]
    assert [sorted(held.flags) for held in mail_of(server, person)] == [
        ["\\Answered", "\\Flagged", "work"],
        ["work"],
        [],
        ["\\Seen"],
    ]


@pytest.mark.parametrize("person", ["bob"], indirect=True)
def test_aioimaplib(server: Server, person: str, tmp_path: Path) -> None:
    by_python(server, person, "with_aioimaplib.py", tmp_path)
    held = mail_of(server, person)[5:]
    assert {message.subject for message in held} == {f"from aioimaplib {number}" for number in range(10)}
    assert all(message.flags == {"\\Seen"} for message in held)


@pytest.mark.parametrize("person", ["carol"], indirect=True)
def test_imap_tools(server: Server, person: str, tmp_path: Path) -> None:
    by_python(server, person, "with_imap_tools.py", tmp_path)
    assert subjects(server, person) == [LETTERS[2], LETTERS[3], "appended"]


@pytest.mark.parametrize("person", ["alice"], indirect=True)
def test_mail_imapclient_copies_an_account(program: Program, server: Server, person: str, tmp_path: Path) -> None:
    with signed_in(server, "dave") as client:
        for folder in ("INBOX", "Archive", "Sent"):
            client.select(folder)
            client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
            client.expunge()
    put(server, person, letter("sent before"), folder="Sent", flags="\\Seen \\Answered")
    words = [program("perl"), SCRIPTS / "with_mail_imapclient.pl", *arguments(server, person), f"dave@{DOMAIN}"]
    run(words, tmp_path, seconds=60)
    assert subjects(server, "dave") == [*LETTERS[:2], *LETTERS[3:]]
    [filed] = mail_of(server, "dave", "Archive")
    assert (filed.subject, filed.flags) == (LETTERS[2], frozenset(["\\Flagged"]))
    [sent] = mail_of(server, "dave", "Sent")
    assert (sent.subject, sent.flags) == ("sent before", frozenset(["\\Seen", "\\Answered"]))


@pytest.mark.parametrize("person", ["bob"], indirect=True)
def test_imapflow(program: Program, server: Server, person: str, tmp_path: Path) -> None:
    modules = fetched(LIBRARIES / "node" / "node_modules")
    script = tmp_path / "script.cjs"
    script.write_text((SCRIPTS / "with_imapflow.cjs").read_text())
    (tmp_path / "node_modules").symlink_to(modules)
    run([program("node"), script, *arguments(server, person)], tmp_path, seconds=60)
    assert subjects(server, person) == [LETTERS[1], LETTERS[3], LETTERS[4], "appended"]
