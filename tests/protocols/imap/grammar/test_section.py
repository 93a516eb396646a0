"""Sections and partial ranges."""

import pytest
from hypothesis import given
from tests.support.imap_values import partials, sections

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.section import (
    Partial,
    Section,
    SectionText,
    partial,
    section,
    serialise_partial,
    serialise_section,
)


@given(sections, partials)
def test_round_trip(value: Section, part: Partial | None) -> None:
    cursor = Cursor(serialise_section(value) + serialise_partial(part))
    assert section(cursor) == value
    assert partial(cursor) == part
    assert cursor.at_end


def test_forms() -> None:
    assert section(Cursor(b"[]")) == Section()
    assert section(Cursor(b"[1.2.mime]")) == Section((1, 2), SectionText.MIME)
    assert section(Cursor(b'[header.fields.not (From "To")]')) == Section((), SectionText.HEADER_FIELDS_NOT, (b"From", b"To"))


@pytest.mark.parametrize(
    "text",
    [
        b"[",
        b"[0]",
        b"[1.]",
        b"[1..2]",
        b"[.1]",
        b"[MIME]",
        b"[1.FOO]",
        b"[HEADER.FIELDS]",
        b"[HEADER.FIELDS ()]",
        b"[1",
        b"[01]",
        b"[" + b".".join([b"1"] * 5000) + b"]",
        b"[12345678901]",
    ],
)
def test_what_is_no_section(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        section(Cursor(text))


@pytest.mark.parametrize("text", [b"<", b"<1>", b"<1.2", b"<-1.2>", b"<9223372036854775808.1>"])
def test_what_is_no_range(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        partial(Cursor(text))
