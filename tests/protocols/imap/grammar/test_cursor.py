"""The lexical rules: strings in their three forms, numbers, lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import octets

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.strings import astring_octets, nstring_octets, string_octets


@given(octets, st.booleans())
def test_strings_come_back(text: bytes, utf8: bool) -> None:
    for written in (string_octets(text, utf8=utf8), astring_octets(text, utf8=utf8)):
        cursor = Cursor(written)
        assert cursor.astring() == text
        assert cursor.at_end
    cursor = Cursor(nstring_octets(text, utf8=utf8))
    assert cursor.nstring() == text


def test_forms_of_a_string() -> None:
    assert Cursor(rb'"a \"b\" \\ c" rest').string() == rb'a "b" \ c'
    assert Cursor(b"{3}\r\na\rb").string() == b"a\rb"
    assert Cursor(b"{3+}\na b").string() == b"a b"
    assert Cursor(b"a]b c").astring() == b"a]b"
    assert Cursor(b"NIL").nstring() is None
    assert Cursor(b"~{2}\r\n\x00a").literal(binary=True) == b"\x00a"


@pytest.mark.parametrize(
    "text",
    [rb'"a', rb'"a\x"', b'"a\r\nb"', b"{3}\r\nab", b"{3}ab", b"{x}\r\nabc", b"~{1}\r\na", b"{1}\r\n\x00", b"", b"(", b'"\x00"'],
)
def test_what_is_no_string(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        Cursor(text).string()


def test_numbers() -> None:
    assert Cursor(b"0").number() == 0
    assert Cursor(b"4294967295 ").number() == 4294967295
    assert Cursor(b"%d" % NUMBER64_MAXIMUM).number(NUMBER64_MAXIMUM) == NUMBER64_MAXIMUM
    for text in (b"4294967296", b"", b"x", b"-1", b"9" * 5000):
        with pytest.raises(SyntaxViolation):
            Cursor(text).number()
    with pytest.raises(SyntaxViolation):
        Cursor(b"0").nz_number()


def test_lists() -> None:
    assert Cursor(b"(a b)").parenthesised(Cursor.atom) == [b"a", b"b"]
    assert Cursor(b"(a )").parenthesised(Cursor.atom) == [b"a"]
    assert Cursor(b"()").parenthesised(Cursor.atom, may_be_empty=True) == []
    for text in (b"()", b"(a", b"(a  b)", b"a", b"( a)"):
        with pytest.raises(SyntaxViolation):
            Cursor(text).parenthesised(Cursor.atom)


def test_long_text_is_written_as_a_literal() -> None:
    assert string_octets(b"a" * 2000).startswith(b"{2000}\r\n")
    assert string_octets("é".encode()) == b"{2}\r\n\xc3\xa9"
    assert string_octets("é".encode(), utf8=True) == b'"\xc3\xa9"'
    assert string_octets(b"\xff", utf8=True) == b"{1}\r\n\xff"
    assert string_octets(b"a\x00b") == b"{3}\r\na b"
    assert astring_octets(b"nil") == b'"nil"'
    assert nstring_octets(None) == b"NIL"
