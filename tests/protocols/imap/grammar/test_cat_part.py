"""The parts of CATENATE."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import cat_parts

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cat_part import LiteralPart, UrlPart, cat_part, catenate, serialise_cat_part
from posthouse.protocols.imap.grammar.cursor import Cursor


@given(cat_parts)
def test_round_trip(value: UrlPart | LiteralPart) -> None:
    cursor = Cursor(b" " + serialise_cat_part(value))
    assert cat_part(cursor) == value
    assert cursor.at_end


def test_the_first_part_follows_the_parenthesis() -> None:
    cursor = Cursor(b"catenate (url u URL v)")
    assert catenate(cursor)
    assert [cat_part(cursor), cat_part(cursor), cat_part(cursor)] == [UrlPart(b"u"), UrlPart(b"v"), None]
    assert not catenate(Cursor(b"CATENATE(URL u)"))


@pytest.mark.parametrize("octets", [b" UTF8 ({3}\r\n", b" TEXT abc", b" BODY {3}\r\n", b"URL u", b" TEXT {3}\r\nabc", b""])
def test_what_is_no_part(octets: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        cat_part(Cursor(octets))


@given(st.binary(max_size=60), st.booleans())
def test_any_octets_are_a_part_or_refused(octets: bytes, after_utf8: bool) -> None:
    with contextlib.suppress(SyntaxViolation):
        cat_part(Cursor(b" " + octets), after_utf8=after_utf8)
