"""Days and moments."""

import datetime as dt

import pytest
from hypothesis import given
from tests.support.imap_values import days, moments

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.date import date, date_time, serialise_date, serialise_date_time


@given(days)
def test_a_day_comes_back(day: dt.date) -> None:
    assert date(Cursor(serialise_date(day))) == day
    assert date(Cursor(b'"%b"' % serialise_date(day))) == day


@given(moments)
def test_a_moment_comes_back(moment: dt.datetime) -> None:
    read = date_time(Cursor(serialise_date_time(moment)))
    assert (read, read.utcoffset()) == (moment, moment.utcoffset())


def test_forms() -> None:
    expected = dt.datetime(2024, 2, 1, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=-7)))
    for text in (b'" 1-Feb-2024 03:04:05 -0700"', b'"01-feb-2024 03:04:05 -0700"', b'"1-FEB-2024 03:04:05 -0700"'):
        assert date_time(Cursor(text)) == expected
    assert date_time(Cursor(b'"31-Dec-2016 23:59:60 +0000"')).second == 59


@pytest.mark.parametrize("text", [b"30-Feb-2024", b"1-Foo-2024", b"0-Jan-2024", b"1-Jan-0000", b"1-Jan-24", b'"1-Jan-2024', b""])
def test_what_is_no_day(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        date(Cursor(text))


@pytest.mark.parametrize(
    "text",
    [
        b'"30-Feb-2024 00:00:00 +0000"',
        b'" 1-Jan-2024 24:00:00 +0000"',
        b'" 1-Jan-2024 00:00:00 +9999"',
        b'" 1-Jan-2024 00:00:00"',
        b'" 1-Jan-0000 00:00:00 +0000"',
        b" 1-Jan-2024 00:00:00 +0000",
    ],
)
def test_what_is_no_moment(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        date_time(Cursor(text))
