"""Words that this program does not write are found."""

import pytest

from posthouse.adapters.sql.invariants import misspelt, statements
from posthouse.ports.account_store import Fault


@pytest.mark.parametrize(
    ("mailbox", "what"),
    [
        (("a//b", None), "a mailbox has a name that none may have"),
        (("inbox", "inbox"), "a mailbox has a name that none may have"),
        (("Sent", "outgoing"), "a mailbox has a use that there is not"),
    ],
)
def test_names_and_uses(mailbox: tuple[str, str | None], what: str) -> None:
    assert [fault.what for fault in misspelt([("INBOX", "inbox"), mailbox], [])] == [what]


def test_keywords_are_sorted_and_there_once() -> None:
    assert misspelt([], ["", "$a", "$a $b"]) == []
    assert misspelt([], ["$b $a", "$a $a"]) == [
        Fault("keywords are not sorted", "$b $a"),
        Fault("keywords are not sorted", "$a $a"),
    ]


def test_every_room_is_looked_into() -> None:
    found = [statement for what, statement in statements(["list.a", "list.b", "c"]) if what == "a projection belongs to no message"]
    assert ["projection_list" in found[0], "projection_c" in found[1]] == [True, True]
