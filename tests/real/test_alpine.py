"""Alpine, driven by keys: the index, reading, saving into a folder, deleting, looking for text, writing."""

from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, put, run_on_terminal, signed_in, subjects
from tests.support.running import DOMAIN, PASSWORD, Server, until

PERSON = "carol"


class Alpine:
    """The program with one person's configuration."""

    def __init__(self, path: str, server: Server, home: Path) -> None:
        self._path, self._home = path, home
        user = f"user={PERSON}@{DOMAIN}"
        there = f"localhost:{server.port('imaps')}/ssl/novalidate-cert/{user}"
        self._config = home / "pinerc"
        self._config.write_text(f"""
inbox-path={{{there}}}INBOX
folder-collections=house {{{there}}}[]
default-fcc={{{there}}}Sent
smtp-server=localhost:{server.port("submissions")}/ssl/novalidate-cert/{user}
customized-hdrs=From: Carol <{PERSON}@{DOMAIN}>
user-domain={DOMAIN}
feature-list=no-quit-without-confirm,no-save-will-advance,expunge-without-confirm,expunge-without-confirm-everywhere,
    quit-without-confirm,auto-open-next-unread,save-will-not-delete,no-enable-newmail-in-xterm-icon,
    disable-password-file-saving,disable-password-caching
last-version-used=9.99
""")

    def keys(self, *typed: tuple[str, str]) -> str:
        """Open the inbox and type; ends with leaving."""
        steps = [("PASSWORD:", f"{PASSWORD}\r"), *typed]
        return run_on_terminal([self._path, "-p", self._config, "-i"], self._home, typed=steps, seconds=15)


@pytest.fixture
def alpine(program: Program, server: Server, tmp_path: Path) -> Alpine:
    made = Alpine(program("alpine"), server, tmp_path)
    with signed_in(server, PERSON) as client:
        for folder in ("INBOX", "Sent", "Archive"):
            client.select(folder)
            client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
            client.expunge()
    put(server, PERSON, *(letter(f"letter {number}", f"Text {number}.") for number in range(1, 6)))
    return made


def test_a_message_is_read(alpine: Alpine, server: Server) -> None:
    shown = alpine.keys(("letter 5", "\r"), ("Text 1.", "q"))
    assert "letter 1" in shown
    assert [sorted(held.flags) for held in mail_of(server, PERSON)] == [["\\Seen"], [], [], [], []]


def test_messages_are_filed_and_deleted(alpine: Alpine, server: Server) -> None:
    alpine.keys(("letter 5", "s"), ("SAVE", "Archive\r"), ("DONE|copied", "2\r"), ("letter 2", "d"), ("letter 3", "q"))
    assert subjects(server, PERSON, "Archive") == ["letter 1"]
    assert "letter 2" not in subjects(server, PERSON)


def test_a_text_is_looked_for_on_the_server(alpine: Alpine, server: Server) -> None:
    alpine.keys(("letter 5", ";"), ("SELECT", "t"), ("Select based", "b"), ("to match", "Text 4.\r"), ("1 message", "q"))
    assert len(subjects(server, PERSON)) == 5


def test_a_letter_is_written_and_kept(alpine: Alpine, server: Server) -> None:
    subject = "written with Alpine"
    alpine.keys(
        ("letter 5", "c"), ("Message Text", f"dave@{DOMAIN}\r\r\r{subject}\rGood day.\r\x18"), ("Send message", "y"),
        ("PASSWORD:", f"{PASSWORD}\r"), ("DONE|sent and copied", "q"),
    )  # fmt: skip
    assert until(lambda: subject in subjects(server, "dave"))
    assert subjects(server, PERSON, "Sent") == [subject]
