"""Which commands name messages by number."""

import pytest

from posthouse.protocols.imap.commands.table import parse
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.commands.numbers import names_numbers, require_uids
from posthouse.servers.imap.modes import Modes


@pytest.mark.parametrize(
    ("octets", "names"),
    [
        (b"FETCH 1 FLAGS", True),
        (b"FETCH $ FLAGS", True),
        (b"UID FETCH 1 FLAGS", False),
        (b"STORE 1 FLAGS ()", True),
        (b"UID COPY 1 x", False),
        (b"MOVE 1 x", True),
        (b"SEARCH ALL", True),
        (b"UID SEARCH ALL", False),
        (b"UID SEARCH 1:3", True),
        (b"UID SEARCH $", False),
        (b"UID SEARCH UID 1:3 NOT (SEEN OR DELETED (FLAGGED 5))", True),
        (b"UID SEARCH UID 1:3 NOT (SEEN OR DELETED (FLAGGED UID 5))", False),
        (b"NOOP", False),
        (b"EXPUNGE", False),
        (b"UID EXPUNGE 1", False),
    ],
)
def test_numbers(octets: bytes, names: bool) -> None:
    _, command = parse(octets, 0, utf8=False)
    assert names_numbers(command) is names
    require_uids(Modes(), command)
    if names:
        with pytest.raises(Bad):
            require_uids(Modes(uid_only=True), command)
    else:
        require_uids(Modes(uid_only=True), command)
