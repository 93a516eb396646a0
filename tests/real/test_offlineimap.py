"""OfflineIMAP: a Maildir and an account, both ways."""

from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, put, run, signed_in, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server


class OfflineImap:
    """The program with one account's configuration."""

    def __init__(self, path: str, server: Server, home: Path) -> None:
        self._path, self._home = path, home
        self.maildir = home / "mail"
        self._config = home / "offlineimaprc"
        self._config.write_text(f"""
[general]
accounts = house
metadata = {home}/state
ui = quiet
[Account house]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {self.maildir}
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {server.port("imaps")}
remoteuser = alice@{DOMAIN}
remotepass = {PASSWORD}
ssl = yes
sslcacertfile = {trusted(server)}
maxconnections = 2
""")

    def __call__(self) -> None:
        """Synchronise once."""
        run([self._path, "-c", self._config, "-o"], self._home, seconds=90)

    def near(self, folder: str = "INBOX") -> dict[bytes, Path]:
        """Messages here by subject."""
        files = [path for part in ("new", "cur") for path in (self.maildir / folder / part).iterdir()]
        return {path.read_bytes().partition(b"Subject: ")[2].partition(b"\n")[0].strip(): path for path in files}


@pytest.fixture(scope="module")
def offlineimap(program: Program, server: Server, tmp_path_factory: pytest.TempPathFactory) -> OfflineImap:
    """After its first run, with letters in two folders."""
    made = OfflineImap(program("offlineimap"), server, tmp_path_factory.mktemp("offlineimap"))
    with signed_in(server, "alice") as client:
        client.create("Work/&TxqLrg-")
    put(server, "alice", *(letter(f"letter {number}", f"Text {number}.") for number in range(40)), flags="\\Seen")
    put(server, "alice", letter("deep"), folder='"Work/&TxqLrg-"')
    made()
    return made


def test_everything_comes(offlineimap: OfflineImap, server: Server) -> None:
    assert set(offlineimap.near()) == {f"letter {number}".encode() for number in range(40)}
    assert set(offlineimap.near("Work.&TxqLrg-")) == {b"deep"}
    for held in mail_of(server, "alice"):
        path = offlineimap.near()[held.subject.encode()]
        assert path.read_bytes() == held.octets.replace(b"\r\n", b"\n")
        assert path.name.endswith("2,S")


def test_changes_go_both_ways(offlineimap: OfflineImap, server: Server) -> None:
    near = offlineimap.near()
    near[b"letter 1"].unlink()
    flagged = near[b"letter 2"]
    flagged.rename(flagged.parent.parent / "cur" / (flagged.name.partition(":")[0] + ":2,FS"))
    (offlineimap.maildir / "INBOX" / "new" / "1700000000.fresh.here").write_bytes(letter("written here").replace(b"\r\n", b"\n"))
    with signed_in(server, "alice", "INBOX") as client:
        client.store("4", "+FLAGS", "(\\Answered)")
        client.store("5", "+FLAGS", "(\\Deleted)")
        client.expunge()
    put(server, "alice", letter("written there"))
    offlineimap()
    here = {name.decode() for name in offlineimap.near()}
    there = subjects(server, "alice")
    expected = {f"letter {number}" for number in range(40)} - {"letter 1", "letter 4"} | {"written here", "written there"}
    assert here == set(there) == expected
    assert len(there) == len(expected)
    flags = {held.subject: held.flags for held in mail_of(server, "alice")}
    assert flags["letter 2"] == {"\\Seen", "\\Flagged"}
    assert offlineimap.near()[b"letter 3"].name.endswith("2,RS")


def test_a_run_without_changes_changes_nothing(offlineimap: OfflineImap, server: Server) -> None:
    def both() -> object:
        return sorted(path.name for path in offlineimap.near().values()), [(h.uid, h.flags) for h in mail_of(server, "alice")]

    before = both()
    offlineimap()
    assert both() == before
