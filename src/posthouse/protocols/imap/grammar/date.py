"""Dates: SEARCH's calendar days and APPEND's moments (RFC 9051 §9 ``date``, ``date-time``)."""

import datetime as dt
import re
from typing import Final

from posthouse.protocols.imap.grammar.cursor import Cursor

MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")

_MONTH_NUMBER = {name.lower(): number for number, name in enumerate(MONTHS, 1)}
_DATE = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
# The day has two characters, the first may be a space; quirks.SINGLE_DIGIT_DAY.
_DATE_TIME = re.compile(rb'"( ?\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')


def date(cursor: Cursor) -> dt.date:
    """``date = date-text / DQUOTE date-text DQUOTE``, e.g. ``1-Feb-1994``."""
    match = _DATE.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("a date is missing")
    try:
        value = dt.date(int(match[4]), _MONTH_NUMBER[match[3].lower()], int(match[2]))
    except (KeyError, ValueError):
        raise cursor.violation("there is no such date") from None
    cursor.position = match.end()
    return value


def date_time(cursor: Cursor) -> dt.datetime:
    """``date-time``, e.g. ``"17-Jul-1996 02:44:25 -0700"``, with its zone. A leap second is taken as the second before."""
    match = _DATE_TIME.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("a date-time is missing")
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = dt.timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        zone = dt.timezone(-offset if sign == b"-" else offset)
        seconds = 59 if second == b"60" else int(second)
        moment = (int(year), _MONTH_NUMBER[month.lower()], int(day), int(hour), int(minute), seconds)
        value = dt.datetime(*moment, tzinfo=zone)
        value.timestamp()  # the years at both ends of the calendar have no UTC
    except (KeyError, ValueError, OverflowError):
        raise cursor.violation("there is no such date-time") from None
    cursor.position = match.end()
    return value


def serialise_date(value: dt.date) -> bytes:
    """Write ``date-text``."""
    return b"%d-%b-%04d" % (value.day, MONTHS[value.month - 1], value.year)


def serialise_date_time(value: dt.datetime) -> bytes:
    """Write ``date-time``, in quotes; seconds of the zone's offset are dropped, as the format has none."""
    offset = value.utcoffset() or dt.timedelta()
    minutes = int(offset.total_seconds()) // 60
    zone = b"%c%02d%02d" % (b"-" if minutes < 0 else b"+", abs(minutes) // 60, abs(minutes) % 60)
    day = b"%2d-%b-%04d" % (value.day, MONTHS[value.month - 1], value.year)
    return b'"%b %02d:%02d:%02d %b"' % (day, value.hour, value.minute, value.second, zone)
