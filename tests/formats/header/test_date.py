"""Dates as programs write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.header.date import format_date, parse_date

NOON = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)

PIECES = [b"Sun", b", ", b"22", b"Nov", b"2026", b"99999", b":", b"30", b"+0", b"(", b" ", b"-", b"PM"]


def at(hours: float, *, year: int = 2026, month: int = 11, day: int = 22, clock: tuple[int, int, int] = (12, 30, 15)) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=timezone(timedelta(hours=hours)))


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 30)),  # noqa: DTZ001 - the zone is drawn apart
    st.integers(-1439, 1439),
)
def test_what_is_formatted_comes_back(moment: datetime, offset_minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset_minutes)))
    parsed = parse_date(format_date(aware).encode())
    assert parsed == aware
    assert parsed is not None
    assert parsed.utcoffset() == aware.utcoffset()


@given(st.binary(max_size=60) | st.lists(st.sampled_from(PIECES)).map(b"".join))
@settings(max_examples=150)
def test_anything_gives_an_aware_moment_or_nothing(body: bytes) -> None:
    moment = parse_date(body)
    assert moment is None or moment.astimezone(UTC).year >= 1899


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        (b"Sun, 22 Nov 2026 12:30:15 +0000", NOON),
        (b" Sun,  22 Nov 2026 12:30:15 -0000 (comment (nested))", NOON),
        (b"22 Nov 2026 12:30:15 +0530", at(5.5)),
        (b"Sun, 22 Nov 26 12:30 EST", at(-5, clock=(12, 30, 0))),
        (b"Sun, 22 Nov 2026 12:30:15 GMT", NOON),
        (b"Sun, 22 Nov 2026 12:30:15 GMT+0800", at(8)),
        (b"Sun, 22 Nov 2026 12:30:15 GMT+8", at(8)),
        (b"Sun, 22 Nov 2026 12:30:15 +08:00", at(8)),
        (b"Sun, 22 Nov 2026 12:30:15 CEST", at(2)),
        (b"Sun, 22 Nov 2026 12:30:15 K", NOON),
        (b"Sun, 22 Nov 2026 12:30:15 XYZ", NOON),
        (b"Sun, 22 Nov 2026 12:30:15", NOON),
        (b"Sun, 22 Nov 2026 12.30.15 +0000", NOON),
        (b"Sunday, 22-Nov-26 12:30:15 UTC", NOON),
        (b"Sun Nov 22 12:30:15 2026", NOON),
        (b"Sun Nov 22 12:30:15 MSK 2026", at(3)),
        (b"Nov 22, 2026 1:05 PM", at(0, clock=(13, 5, 0))),
        (b"Nov 22, 2026 12:05 AM", at(0, clock=(0, 5, 0))),
        (b"2026-11-22T12:30:15.250Z", NOON),
        (b"2026-11-22 12:30:15+09:00", at(9)),
        (b"22 Nov 2026", at(0, clock=(0, 0, 0))),
        (b"1 Jan 71 00:00:60 +0000", at(0, year=1971, month=1, day=1, clock=(0, 0, 59))),
        (b"1 Jan 126 00:00:00 +0000", at(0, year=2026, month=1, day=1, clock=(0, 0, 0))),
        # RFC 5322, appendices A.5 and A.6.2
        (b"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
         at(-3.5, year=1969, month=2, day=13, clock=(23, 32, 0))),
        (b"21 Nov 97 09:55:06 GMT", at(0, year=1997, day=21, clock=(9, 55, 6))),
        (b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", at(-6, year=1997, day=21, clock=(9, 55, 6))),
        (b"Sun, 22 Nov 2026 12:30:15 +9900", NOON),
    ],
)  # fmt: skip
def test_forms(body: bytes, moment: datetime) -> None:
    parsed = parse_date(body)
    assert parsed == moment
    assert parsed is not None
    assert parsed.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"soon",
        b"32 Nov 2026 12:00:00 +0000",
        b"22 Foo 2026 12:00:00 +0000",
        b"22 Nov 2026 25:00:00 +0000",
        b"22 Nov 1800 12:00:00 +0000",
    ],
)
def test_no_dates(body: bytes) -> None:
    assert parse_date(body) is None


def test_formatting_wants_a_zone() -> None:
    assert format_date(at(-3.5)) == "Sun, 22 Nov 2026 12:30:15 -0330"
    with pytest.raises(ValueError, match="time zone"):
        format_date(NOON.replace(tzinfo=None))


@given(
    st.datetimes(datetime(1901, 1, 1), datetime(2999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is drawn apart
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    st.sampled_from([b"", b" (CET)"]),
)
def test_the_usual_form_is_read_as_every_other_is(moment: datetime, zone: timezone, comment: bytes) -> None:
    written = format_date(moment.astimezone(zone)).encode() + comment
    usual, other = parse_date(written), parse_date(b" " + written)
    assert usual is not None
    assert other is not None
    assert (usual, usual.utcoffset()) == (other, other.utcoffset())


@pytest.mark.parametrize(
    "body", [b"Sun, 32 Nov 2026 13:48:48 +0100", b"Sun, 22 Foo 2026 13:48:48 +0100", b"22 Nov 2026 24:00:00 +0000"]
)
def test_what_is_no_date_in_the_usual_form_is_none(body: bytes) -> None:
    assert parse_date(body) is None


def test_a_zone_of_more_than_a_day_is_utc_in_the_usual_form_too() -> None:
    assert parse_date(b"22 Nov 2026 13:48:48 +9900") == datetime(2026, 11, 22, 13, 48, 48, tzinfo=UTC)
