"""Thunderbird: its folders, reading, marking, filing, deleting, searching, and mail that comes while it looks on."""

import socket
from collections.abc import Iterator

import pytest
from tests.support.foreign import Program, letter, mail_of, put, subjects
from tests.support.running import Server, until
from tests.support.thunderbird import Thunderbird, thunderbird

FOLDERS = {"Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"}


@pytest.fixture(scope="module")
def inbox(program: Program, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thunderbird]:
    """Thunderbird with five letters in its inbox, which is open."""
    program("Xvfb")
    path = program("thunderbird")
    put(server, "alice", *(letter(f"letter {number} 你好", f"Text {number}.") for number in range(1, 6)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with thunderbird(path, server, "alice", tmp_path_factory.mktemp("thunderbird"), port) as started:
        started.do("pane.displayFolder(server.rootFolder.subFolders.find(found => found.flags & Ci.nsMsgFolderFlags.Inbox).URI)")
        started.until("pane.gDBView?.rowCount", lambda rows: rows == 5)
        started.until("server.rootFolder.subFolders.map(found => found.name)", lambda names: set(names) == FOLDERS)
        yield started


def test_a_morning_with_thunderbird(inbox: Thunderbird, server: Server) -> None:
    """One test, because starting the program takes longer than all of this."""
    inbox.do("pane.threadTree.selectedIndex = 1")
    inbox.until("shown()", lambda text: "Text 2." in (text or ""))
    assert until(lambda: [sorted(held.flags) for held in mail_of(server, "alice")][1] == ["\\Seen"])
    inbox.screenshot("reading")

    inbox.do("pane.gDBView.doCommand(Ci.nsMsgViewCommandType.flagMessages)")
    assert until(lambda: [sorted(held.flags) for held in mail_of(server, "alice")][1] == ["\\Flagged", "\\Seen"])

    move = 'pane.gDBView.doCommandWithFolder(Ci.nsMsgViewCommandType.moveMessages, folder("Archive"))'
    inbox.do(f"pane.threadTree.selectedIndex = 2; {move}")
    inbox.until("pane.gDBView.rowCount", lambda rows: rows == 4)
    assert until(lambda: subjects(server, "alice", "Archive") == ["letter 3 你好"])

    inbox.do("pane.threadTree.selectedIndex = 0; pane.gDBView.doCommand(Ci.nsMsgViewCommandType.deleteMsg)")
    inbox.until("pane.gDBView.rowCount", lambda rows: rows == 3)
    assert until(lambda: subjects(server, "alice", "Trash") == ["letter 1 你好"])
    assert subjects(server, "alice") == ["letter 2 你好", "letter 4 你好", "letter 5 你好"]

    put(server, "alice", letter("letter 6", "It came by itself."))
    inbox.until("pane.gDBView.rowCount", lambda rows: rows == 4)
    inbox.screenshot("after")
