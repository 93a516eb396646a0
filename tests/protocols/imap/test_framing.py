"""Lines and literals out of a stream, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.framing import ANNOUNCEMENT_OCTETS, Announcement, Framer, announcement


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_lines_do_not_depend_on_the_cut(pieces: list[bytes]) -> None:
    cut, whole = Framer(), Framer()
    found = []
    for piece in pieces:
        if piece:
            cut.receive(piece)
        while (line := cut.line()) is not None:
            found.append(line)
    octets = b"".join(pieces)
    whole.receive(octets)
    expected = octets.splitlines(keepends=True) if b"\r" not in octets else None
    lines = []
    while (line := whole.line()) is not None:
        lines.append(line)
    assert found == lines
    assert b"".join(lines) + whole.take(len(whole)) == octets
    if expected is not None and all(character not in octets for character in b"\x0b\x0c\x1c\x1d\x1e\x85"):
        assert lines == [line for line in expected if line.endswith(b"\n")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a LOGIN {3}\r\n", Announcement(3, is_synchronising=True)),
        (b"a LOGIN {3+}\n", Announcement(3, is_synchronising=False)),
        (b"a APPEND x ~{12}\r\n", Announcement(12, is_synchronising=True)),
        (b"{0+}\r\n", Announcement(0, is_synchronising=False)),
        (b"x {9223372036854775807+}\r\n", Announcement(9223372036854775807, is_synchronising=False)),
        (b"a {3} \r\n", None),
        (b"a {}\r\n", None),
        (b"a {3-}\r\n", None),
        (b"a {+3}\r\n", None),
        (b"a 3}\r\n", None),
        (b"}\n", None),
        (b"\n", None),
        (b"{99999999999999999999}\r\n", None),
    ],
)
def test_announcements(line: bytes, expected: Announcement | None) -> None:
    assert announcement(line) == expected
    assert announcement(line[-ANNOUNCEMENT_OCTETS:]) == expected


def test_skipping_keeps_nothing_but_the_end() -> None:
    framer = Framer()
    taken = 0
    for _ in range(100):
        framer.receive(b"x" * 1000)
        skipped, end = framer.skip_line()
        taken += skipped
        assert end is None
        assert len(framer) <= ANNOUNCEMENT_OCTETS
    framer.receive(b"{5+}\r\nrest")
    skipped, end = framer.skip_line()
    assert taken + skipped == 100_006
    assert end is not None
    assert announcement(end) == Announcement(5, is_synchronising=False)
    assert framer.take(10) == b"rest"
    assert len(framer) == 0
