"""Flags between the wire and the house."""

import pytest

from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import Flag
from posthouse.servers.imap.flags import KEYWORDS, TEXTS, from_wire, to_wire


def test_there_and_back() -> None:
    bits, keywords = from_wire(("\\Seen", "work", "\\Deleted", "$Junk"))
    assert (bits, keywords) == (Flag.SEEN | Flag.DELETED, ("work", "$Junk"))
    assert to_wire(bits, "$Junk work") == b"\\Deleted \\Seen $Junk work"
    assert to_wire(0, "", is_recent=True) == b"\\Recent"
    assert to_wire(Flag.SEEN, "a", is_recent=True) == b"\\Seen a \\Recent"
    assert to_wire(0) == b""
    assert to_wire(0, "a") == b"a"


def test_every_combination_has_its_text() -> None:
    assert len(set(TEXTS)) == 32
    for bits, text in enumerate(TEXTS):
        assert from_wire(tuple(text.decode().split())).bits == bits


@pytest.mark.parametrize("names", [("\\Nonsense",), ("x" * 101,), tuple(f"k{number}" for number in range(KEYWORDS + 1))])
def test_what_cannot_be_a_flag(names: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        from_wire(names)
