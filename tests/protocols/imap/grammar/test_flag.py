"""Flags and their lists."""

import pytest
from hypothesis import given
from tests.support.imap_values import flag_lists

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.flag import flag, flag_list, serialise_flag_list


@given(flag_lists)
def test_round_trip(flags: tuple[str, ...]) -> None:
    assert flag_list(Cursor(serialise_flag_list(flags))) == flags


def test_spelling() -> None:
    assert flag(Cursor(rb"\sEEN")) == "\\Seen"
    assert flag(Cursor(b"$MDNSent")) == "$MDNSent"
    assert flag(Cursor(rb"\Custom")) == "\\Custom"


def test_recent_and_repetitions_are_left_out() -> None:
    assert flag_list(Cursor(rb"(\Recent \seen work \Seen)")) == ("\\Seen", "work")


@pytest.mark.parametrize("text", [b"", b"\\", b'"a"', b"\\*", b"\xc3\xa9", b"(a)"])
def test_what_is_no_flag(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        flag(Cursor(text))
