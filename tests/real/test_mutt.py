"""mutt and neomutt, driven as by keys: reading, copying, moving, marking, deleting over IMAPS, sending by submission."""

import re
from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, put, run, run_on_terminal, signed_in, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server, until

PEOPLE = {"mutt": "alice", "neomutt": "bob"}


class Mutt:
    """One of the two, with one person's configuration."""

    def __init__(self, path: str, server: Server, home: Path, person: str) -> None:
        self.server, self.person = server, person
        self._path, self._home = path, home
        self._account = f"imaps://{person}@localhost:{server.port('imaps')}/"
        address = f"{person}@{DOMAIN}"
        self._config = home / "muttrc"
        self._config.write_text(f"""
            set my_pass = "{PASSWORD}"
            set imap_user = "{address}" imap_pass = "$my_pass" folder = "imaps://localhost:{server.port("imaps")}/"
            set spoolfile = "+INBOX" record = "+Sent" postponed = "+Drafts" trash = "+Trash" mbox = "+Archive"
            set smtp_url = "smtps://{address}@localhost:{server.port("submissions")}/" smtp_pass = "$my_pass"
            set from = "{address}" realname = "{person.title()}" use_from hostname = "client.example.com"
            set certificate_file = "{trusted(server)}" ssl_verify_host ssl_verify_dates ssl_force_tls
            set delete = yes move = no confirmappend = no confirmcreate = no mail_check = 1 wait_key = no quit = yes
            set header_cache = "{home}/headers" message_cachedir = "{home}/bodies" imap_qresync imap_condstore imap_idle
            set charset = "utf-8" send_charset = "us-ascii:utf-8" sort = mailbox-order abort_nosubject = no fcc_clear = yes
            set editor = "true" abort_unmodified = no
            unset mark_old imap_passive
        """)

    def keys(self, typed: str, folder: str = "+INBOX") -> str:
        """Open a folder and type; returns the screen's octets."""
        typed = typed.replace('"', '\\"')
        argv: list[str | Path] = [self._path, "-F", self._config, "-f", folder, "-e", f'push "{typed}"']
        return run_on_terminal(argv, self._home, seconds=12)

    def send(self, *words: str | Path, text: str = "Good day.\n") -> None:
        """Send a message without a terminal."""
        run([self._path, "-F", self._config, *words], self._home, given=text)


@pytest.fixture(params=["mutt", "neomutt"])
def mutt(request: pytest.FixtureRequest, program: Program, server: Server, tmp_path: Path) -> Mutt:
    made = Mutt(program(request.param), server, tmp_path, PEOPLE[request.param])
    with signed_in(server, made.person) as client:
        for folder in ("INBOX", "Sent", "Trash", "Archive"):
            client.select(folder)
            client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
            client.expunge()
    put(server, made.person, *(letter(f"letter {number}", f"Text {number}.") for number in range(1, 6)))
    return made


def here(mutt: Mutt, folder: str = "INBOX") -> list[str]:
    return subjects(mutt.server, mutt.person, folder)


def test_the_index_is_shown(mutt: Mutt) -> None:
    shown = mutt.keys("<exit>")
    assert re.search(r"letter 1.*letter 5", shown, re.DOTALL)


def test_reading_marks_as_seen(mutt: Mutt) -> None:
    mutt.keys("<first-entry><display-message><exit><quit>")
    assert [sorted(held.flags) for held in mail_of(mutt.server, mutt.person)] == [["\\Seen"], [], [], [], []]


def test_flags_are_set_and_taken_away(mutt: Mutt) -> None:
    mutt.keys("<tag-pattern>~s 'letter [23]'<enter><tag-prefix><flag-message><quit>")
    assert [sorted(held.flags) for held in mail_of(mutt.server, mutt.person)][1:3] == [["\\Flagged"], ["\\Flagged"]]
    mutt.keys("<tag-pattern>~F<enter><tag-prefix><flag-message><first-entry><toggle-new><quit>")
    assert not any("\\Flagged" in held.flags for held in mail_of(mutt.server, mutt.person))


def test_copying_keeps_and_moving_takes_away(mutt: Mutt) -> None:
    mutt.keys("<first-entry><copy-message>+Archive<enter><quit>")
    assert here(mutt, "Archive") == ["letter 1"]
    assert len(here(mutt)) == 5
    mutt.keys("<tag-pattern>~s 'letter [45]'<enter><tag-prefix><save-message>+Archive<enter><quit>")
    assert here(mutt, "Archive") == ["letter 1", "letter 4", "letter 5"]
    assert here(mutt) == ["letter 1", "letter 2", "letter 3"]


def test_deleting_leads_to_the_bin(mutt: Mutt) -> None:
    mutt.keys("<delete-pattern>~s 'letter [15]'<enter><sync-mailbox><quit>")
    assert here(mutt) == ["letter 2", "letter 3", "letter 4"]
    assert here(mutt, "Trash") == ["letter 1", "letter 5"]


def test_the_server_searches(mutt: Mutt) -> None:
    mutt.keys("<tag-pattern>=b 'Text 3'<enter><tag-prefix><copy-message>+Archive<enter><quit>")
    assert here(mutt, "Archive") == ["letter 3"]


def test_a_folder_is_made_and_filled(mutt: Mutt) -> None:
    mutt.keys("<first-entry><save-message>+会议&Co<enter><quit>")
    assert here(mutt, "&TxqLrg-&-Co") == ["letter 1"]
    assert here(mutt)[0] == "letter 2"


def test_mail_is_sent_with_an_attachment_and_kept(mutt: Mutt, tmp_path: Path) -> None:
    file = tmp_path / "季报.bin"
    file.write_bytes(bytes(range(256)) * 100)
    subject = f"你好 from {mutt.person}"
    mutt.send("-s", subject, "-a", file, "--", f"carol@{DOMAIN}", text="内容\n")
    assert until(lambda: subject in subjects(mutt.server, "carol"))
    held = next(held for held in mail_of(mutt.server, "carol") if held.subject == subject)
    [attachment] = held.message.iter_attachments()
    assert attachment.get_payload(decode=True) == file.read_bytes()
    assert attachment.get_filename() == file.name


def test_what_is_sent_is_kept_in_sent(mutt: Mutt) -> None:
    """Typed, because neomutt keeps no copy over IMAP in batch mode."""
    subject = f"typed by {mutt.person}"
    mutt.keys(f"<mail>carol@{DOMAIN}<enter>{subject}<enter><send-message><quit>")
    assert until(lambda: subject in subjects(mutt.server, "carol"))
    [kept] = mail_of(mutt.server, mutt.person, "Sent")
    assert kept.subject == subject
    assert kept.flags == {"\\Seen"}


def test_caches_survive_changes_made_elsewhere(mutt: Mutt) -> None:
    mutt.keys("<first-entry><display-message><exit><quit>")
    with signed_in(mutt.server, mutt.person, "INBOX") as client:
        client.store("2", "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.store("2", "+FLAGS", "(\\Flagged)")
    put(mutt.server, mutt.person, letter("letter 6", "Text 6."))
    mutt.keys("<tag-pattern>~F<enter><tag-prefix><copy-message>+Archive<enter><last-entry><delete-message><quit>")
    assert here(mutt, "Archive") == ["letter 3"]
    assert here(mutt) == ["letter 1", "letter 3", "letter 4", "letter 5"]
