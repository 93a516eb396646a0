"""An older copy of an account is put back under programs that remember (docs/adr/0007): nothing wrong shown, nothing missed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.foreign import Program, mail_of, put, signed_in
from tests.support.mbsync import Mbsync
from tests.support.running import DOMAIN, Server, running


def numbered(number: int) -> bytes:
    lines = f"From: writer@example.com\r\nTo: alice@{DOMAIN}\r\nSubject: letter {number}\r\nX-Number: {number}\r\n"
    return f"{lines}Message-ID: <{number}@example.com>\r\n\r\nText {number}.\r\n".encode()


def there(server: Server, folder: str = "INBOX") -> dict[str, frozenset[str]]:
    """Flags on the server by number."""
    return {str(held.message["X-Number"]): held.flags for held in mail_of(server, "alice", folder)}


def find(server: Server, number: int) -> str:
    with signed_in(server, "alice", "INBOX") as client:
        found: str = client.uid("SEARCH", "HEADER", "X-Number", str(number))[1][0].decode().split()[0]
        return found


def copy_aside(server: Server, folder: Path) -> tuple[Path, Path]:
    """Copy the account's directory while nothing runs: where it lay, and the copy."""
    server.stop()
    [home] = [path.parent for path in (server.directory / "accounts").glob("*/*/account.db") if _is_of_alice(path)]
    shutil.copytree(home, folder / "copy")
    server.start()
    return home, folder / "copy"


def _is_of_alice(path: Path) -> bool:
    return (
        b"<1@example.com>"
        in path.read_bytes() + path.with_name("account.db-wal").read_bytes() * path.with_name("account.db-wal").exists()
    )


def put_back(server: Server, home: Path, copy: Path) -> None:
    server.stop()
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    server.start()


def change_everything(server: Server) -> None:
    """What happens after the copy was made: mail comes, goes, moves, is marked."""
    put(server, "alice", *(numbered(number) for number in range(20, 25)))
    gone, moved, marked = (find(server, number) for number in (3, 4, 5))
    with signed_in(server, "alice", "INBOX") as client:
        client.uid("STORE", gone, "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.uid("MOVE", moved, "Archive")
        client.uid("STORE", marked, "+FLAGS", "(\\Flagged)")


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "installation", ("alice",)) as server:
        put(server, "alice", *(numbered(number) for number in range(20)))
        yield server


def test_mbsync_and_the_server_agree_again(program: Program, lone: Server, tmp_path: Path) -> None:
    mbsync = Mbsync(program("mbsync"), lone, tmp_path)
    mbsync()
    home, copy = copy_aside(lone, tmp_path)
    change_everything(lone)
    mbsync()
    assert set(mbsync.near()) == set(there(lone)) == {str(number) for number in range(25)} - {"3", "4"}

    put_back(lone, home, copy)
    put(lone, "alice", *(numbered(number) for number in range(30, 33)))
    mbsync()
    mbsync()
    expected = {str(number) for number in (*range(20), 30, 31, 32)}
    assert set(there(lone)) == expected
    assert there(lone, "Archive") == {}
    here = mbsync.near()
    assert set(here) == expected
    for number, (path, _) in here.items():
        assert f"Text {number}.".encode() in path.read_bytes(), "no message is shown in place of another"
    assert mbsync.near("Archive") == {}
    before = {number: path for number, (path, _) in here.items()}
    mbsync()
    assert {number: path for number, (path, _) in mbsync.near().items()} == before
    lone.command("verify", f"alice@{DOMAIN}")


@pytest.mark.parametrize("dies", [False, True])
def test_a_client_that_resynchronises_is_told_everything(lone: Server, tmp_path: Path, dies: bool) -> None:
    home, copy = copy_aside(lone, tmp_path)
    change_everything(lone)
    with signed_in(lone, "alice") as client:
        client.enable("QRESYNC")
        client.select("INBOX")
        validity = int(client.response("UIDVALIDITY")[1][0])
        mod_sequence = int(client.response("HIGHESTMODSEQ")[1][0])
        uid_next = int(client.response("UIDNEXT")[1][0])
        known = [int(uid) for uid in client.uid("SEARCH", "ALL")[1][0].split()]
    if dies:
        lone.kill()
        lone.start()
    put_back(lone, home, copy)
    with signed_in(lone, "alice") as client:
        client.enable("QRESYNC")
        client.untagged_responses.clear()
        said = client._simple_command("SELECT", "INBOX", f"(QRESYNC ({validity} {mod_sequence} {known[0]}:{known[-1]}))")
        assert said[0] == "OK"
        client.state = "SELECTED"
        assert int(client.response("UIDVALIDITY")[1][0]) == validity
        assert int(client.response("UIDNEXT")[1][0]) > uid_next
        [vanished] = client.response("VANISHED")[1]
        assert vanished == f"(EARLIER) {known[0]}:{known[-1]}".encode(), "every UID that was known is gone"
        new = client.uid("FETCH", f"{uid_next}:*", "(FLAGS)")[1]
        assert len(new) == 20, "all messages are new ones, beyond what the client knew"
    assert set(there(lone)) == {str(number) for number in range(20)}
