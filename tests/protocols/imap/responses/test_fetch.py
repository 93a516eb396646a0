"""FETCH items as text."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.date import date_time
from posthouse.protocols.imap.grammar.section import Section, SectionText
from posthouse.protocols.imap.responses import fetch


def test_a_line() -> None:
    items = [fetch.uid(7), fetch.flags([rb"\Seen", b"work"]), fetch.size(12), fetch.rendered(b"ENVELOPE", b"(NIL)")]
    assert fetch.fetch(3, items) == b"* 3 FETCH (UID 7 FLAGS (\\Seen work) RFC822.SIZE 12 ENVELOPE (NIL))\r\n"


def test_a_line_without_a_number() -> None:
    assert fetch.uid_fetch(7, [fetch.mod_sequence(12)]) == b"* 7 UIDFETCH (MODSEQ (12))\r\n"


def test_save_date() -> None:
    assert fetch.save_date(0.5) == b'SAVEDATE " 1-Jan-1970 00:00:00 +0000"'
    assert fetch.save_date(None) == b"SAVEDATE NIL"


@given(st.integers(-62_000_000_000, 250_000_000_000))
def test_internal_date(seconds: int) -> None:
    text = fetch.internal_date(seconds)
    assert date_time(Cursor(text, len(b"INTERNALDATE "))) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [-1e15, 1e15, -0.5, 1.999])
def test_internal_date_outside_the_calendar(seconds: float) -> None:
    assert 1 <= date_time(Cursor(fetch.internal_date(seconds), len(b"INTERNALDATE "))).year <= 9999


def test_sections() -> None:
    header = Section((1, 2), SectionText.HEADER_FIELDS, (b"To", b"a b"))
    assert fetch.body_section(header, None, b"x\r\n") == b'BODY[1.2.HEADER.FIELDS (To "a b")] {3}\r\nx\r\n'
    assert fetch.body_section(Section(), 0, b"") == b"BODY[]<0> {0}\r\n"
    assert fetch.body_section(Section((9,)), None, None) == b"BODY[9] NIL"
    assert fetch.body_section(Section(), None, b"a\x00b") == b"BODY[] {3}\r\na b"
    assert fetch.binary_section((1,), 5, b"a\x00b") == b"BINARY[1]<5> ~{3}\r\na\x00b"
    assert fetch.binary_section((), None, b"ab") == b"BINARY[] {2}\r\nab"
    assert fetch.binary_section((3,), None, None) == b"BINARY[3] NIL"
    assert fetch.binary_size((1, 2), 5) == b"BINARY.SIZE[1.2] 5"
    assert fetch.whole(b"RFC822.TEXT", b"hi") == b"RFC822.TEXT {2}\r\nhi"
