"""Every quirk is tolerated somewhere, and says where."""

from pathlib import Path

import pytest

from posthouse.protocols.imap import quirks
from posthouse.protocols.imap.commands.session import general as session
from posthouse.protocols.imap.commands.session.authentication import Authenticate
from posthouse.protocols.imap.commands.store import Store, StoreOperation
from posthouse.protocols.imap.commands.table import Command, parse
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet

NAMES = [name for name in vars(quirks) if name.isupper()]
SOURCE = Path(quirks.__file__).parent


@pytest.mark.parametrize("name", NAMES)
def test_the_code_names_the_quirk(name: str) -> None:
    texts = [path.read_text() for path in SOURCE.rglob("*.py") if path.name != "quirks.py"]
    assert any(f"quirks.{name}" in text for text in texts)
    assert len(getattr(quirks, name)) > 40


@pytest.mark.parametrize(
    ("octets", "command"),
    [
        (b"ID", session.Id()),
        (b"ID ()", session.Id()),
        (b"ID nil", session.Id()),
        (b"AUTHENTICATE plain ", Authenticate("PLAIN")),
        (b"STORE 1 FLAGS \\Seen \\Recent ", Store(SequenceSet(((1, 1),)), StoreOperation.REPLACE, ("\\Seen",))),
    ],
)
def test_what_is_understood(octets: bytes, command: Command) -> None:
    assert parse(octets, 0, utf8=False)[1] == command
