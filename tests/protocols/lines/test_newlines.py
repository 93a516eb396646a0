"""The count agrees with a look at every octet."""

import re

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.lines.newlines import NewlineCheck, has_bare_newline


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b"\r\n\r\n"]), max_size=12))
def test_agrees_with_a_regular_expression(pieces: list[bytes]) -> None:
    check = NewlineCheck()
    passed = all(check.passes(piece) for piece in pieces) and check.ends()
    assert passed == (re.search(rb"(?<!\r)\n|\r(?!\n)", b"".join(pieces)) is None)


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a"]), max_size=12).map(b"".join))
def test_whole_contents(octets: bytes) -> None:
    assert has_bare_newline(octets) == (re.search(rb"(?<!\r)\n|\r(?!\n)", octets) is not None)
