"""mbsync: a thousand messages both ways, and then every kind of change."""

import os
import random
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from tests.support.foreign import Program, letter, mail_of, put, signed_in, subjects
from tests.support.mbsync import Mbsync
from tests.support.running import DOMAIN, Server

MESSAGES = 1_000
TOPICS = ("季度报告", "見積書", "Größe und Maß", "Lunch?", "회의록", "🙂 news")
FLAGS = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered", "D": "\\Draft", "T": "\\Deleted"}


def _without_mark(octets: bytes) -> bytes:
    """A message without the field by which mbsync finds again what it has just stored."""
    before, _, after = octets.partition(b"X-TUID: ")
    return before + after.partition(b"\r\n")[2] if after else before


@pytest.fixture(scope="module")
def mbsync(program: Program, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Mbsync:
    """After the first run: half of the thousand began here, half there."""
    made = Mbsync(program("mbsync"), server, tmp_path_factory.mktemp("mbsync"))
    drawn = random.Random(20_260_706)
    for part in ("new", "cur", "tmp"):
        (made.maildir / "INBOX" / part).mkdir(parents=True)
    put(server, "alice", *(numbered(drawn, number) for number in range(MESSAGES // 2)), flags="\\Seen")
    for number in range(MESSAGES // 2, MESSAGES):
        flags = "".join(sorted(letter for letter in "FRS" if drawn.random() < 0.3))
        path = made.maildir / "INBOX" / "cur" / f"{1_700_000_000 + number}.{number}.client:2,{flags}"
        path.write_bytes(numbered(drawn, number).replace(b"\r\n", b"\n"))
        os.utime(path, (1_700_000_000 + number * 3_600,) * 2)
    made()
    return made


def numbered(drawn: random.Random, number: int) -> bytes:
    """A message like those that people have."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "作者 <writer@example.com>", f"alice@{DOMAIN}"
    message["Subject"], message["X-Number"] = f"{drawn.choice(TOPICS)} {number}", str(number)
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content(f"{drawn.choice(TOPICS)}\n" * drawn.randrange(1, 60))
    if number % 10 == 0:
        message.add_attachment(drawn.randbytes(30_000), maintype="application", subtype="octet-stream", filename="資料.bin")
    return message.as_bytes()


def far(server: Server, folder: str = "INBOX") -> dict[str, frozenset[str]]:
    """Flags there by number."""
    return {str(held.message["X-Number"]): held.flags for held in mail_of(server, "alice", folder)}


def test_both_sides_have_everything_as_it_was(mbsync: Mbsync, server: Server) -> None:
    there = {str(held.message["X-Number"]): held for held in mail_of(server, "alice")}
    here = mbsync.near()
    assert set(there) == set(here) == {str(number) for number in range(MESSAGES)}
    for number, (path, flags) in here.items():
        assert _without_mark(there[number].octets) == _without_mark(path.read_bytes().replace(b"\n", b"\r\n"))
        assert there[number].flags == {FLAGS[letter] for letter in flags}


def test_dates_of_arrival_are_kept(mbsync: Mbsync, server: Server) -> None:
    del mbsync
    with signed_in(server, "alice", "INBOX") as client:
        _, found = client.search(None, "SINCE", "14-Nov-2023", "BEFORE", "25-Dec-2023")
        assert len(found[0].split()) > 400


def test_a_second_run_changes_nothing(mbsync: Mbsync, server: Server) -> None:
    before = far(server), {number: path for number, (path, _) in mbsync.near().items()}
    mbsync()
    assert (far(server), {number: path for number, (path, _) in mbsync.near().items()}) == before


def test_changes_go_both_ways(mbsync: Mbsync, server: Server) -> None:
    here = mbsync.near()
    path, flags = here["700"]
    path.rename(path.with_name(path.name.partition(":2,")[0] + ":2," + "".join(sorted(flags ^ {"F"}))))
    here["701"][0].unlink()
    with signed_in(server, "alice", "INBOX") as client:
        client.store(client.search(None, "HEADER", "X-Number", "14")[1][0].decode().split()[0], "FLAGS", "(\\Answered)")
        client.store(client.search(None, "HEADER", "X-Number", "715")[1][0].decode(), "+FLAGS", "(\\Deleted)")
        client.expunge()
    put(server, "alice", numbered(random.Random(1), 2_000))
    (mbsync.maildir / "INBOX" / "new" / "1.2001.client").write_bytes(numbered(random.Random(2), 2_001).replace(b"\r\n", b"\n"))
    mbsync()
    here, there = mbsync.near(), far(server)
    assert set(here) == set(there)
    assert {"2000", "2001"} <= set(here)
    assert not {"701", "715"} & set(here)
    assert there["700"] == {FLAGS[flag] for flag in flags ^ {"F"}}
    assert all(there[number] == {FLAGS[flag] for flag in found} for number, (_, found) in here.items())


def test_folders_come_and_go(mbsync: Mbsync, server: Server) -> None:
    with signed_in(server, "alice") as client:
        client.create('"&TxqLrg-/2026"')
    put(server, "alice", letter("in a folder"), folder='"&TxqLrg-/2026"')
    for part in ("new", "cur", "tmp"):
        (mbsync.maildir / "Projects" / part).mkdir(parents=True)
    (mbsync.maildir / "Projects" / "new" / "1.1.client").write_bytes(letter("from here").replace(b"\r\n", b"\n"))
    mbsync()
    assert subjects(server, "alice", "Projects") == ["from here"]
    [path] = (mbsync.maildir / "&TxqLrg-" / "2026").rglob("*U=1*")  # mbsync keeps names as they stand on the wire
    assert b"Subject: in a folder\n" in path.read_bytes()


def test_an_empty_folder_is_removed_here_when_it_is_removed_there(mbsync: Mbsync, server: Server) -> None:
    with signed_in(server, "alice") as client:
        client.create("Empty")
    mbsync()
    assert (mbsync.maildir / "Empty" / "cur").exists()
    with signed_in(server, "alice") as client:
        client.delete("Empty")
    mbsync()
    assert not (mbsync.maildir / "Empty" / "cur").exists()
