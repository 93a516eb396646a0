"""Date-time of header fields (RFC 5322 §3.3 and §4.3): as it is written by programs old, new and careless, and as it should be."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

_LOOKED_AT: Final = 256
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS: Final = {name.lower().encode(): number for number, name in enumerate(_MONTHS, 1)}
# RFC 5322 §4.3, then what programs write besides. Ambiguous ones (CST, IST, BST) mean what RFC 5322 or most mail has them mean.
_ZONES: Final = {
    b"edt": -4, b"est": -5, b"cdt": -5, b"cst": -6, b"mdt": -6, b"mst": -7, b"pdt": -7, b"pst": -8,
    b"wet": 0, b"west": 1, b"bst": 1, b"cet": 1, b"met": 1, b"mez": 1, b"cest": 2, b"mest": 2, b"mesz": 2, b"eet": 2, b"eest": 3,
    b"msk": 3, b"ist": 5.5, b"hkt": 8, b"sgt": 8, b"jst": 9, b"kst": 9, b"aest": 10, b"aedt": 11, b"nzst": 12, b"nzdt": 13,
}  # fmt: skip

_COMMENT = re.compile(rb"\([^()]*\)")
_TIME = (
    rb"(?P<hour>\d{1,2})\s*[:.]\s*(?P<minute>\d{1,2})(?:\s*[:.]\s*(?P<second>\d{1,2})(?:[.,]\d+)?)?"
    rb"(?:\s*(?P<half>[AaPp])[Mm]\b)?"
)
_ZONE = (
    rb"\s*(?:(?P<sign>[+-])(?P<offset>\d{1,2}:?\d{2})|(?:GMT|UTC?)(?P<relative>[+-]\d{1,2}:?(?:\d\d)?)|(?P<zone>[A-Za-z]{1,5})\b)?"
)
_DAY_NAME = rb"(?:[A-Za-z]{2,9}[.,]*\s*)?"
_FORMS: Final = (
    # Sun, 22 Nov 2026 13:48:48 +0100
    _DAY_NAME + rb"(?P<day>\d{1,2})[\s.-]+(?P<month>[A-Za-z]{3})[A-Za-z]*[\s.,-]+(?P<year>\d{2,4}),?\s+" + _TIME + _ZONE,
    # Sun Nov 22 13:48:48 [CET] 2026, as asctime and date(1) print it
    _DAY_NAME + rb"(?P<month>[A-Za-z]{3})[A-Za-z]*\s+(?P<day>\d{1,2}),?\s+" + _TIME + _ZONE + rb"\s+(?P<year>\d{4})",
    # Nov 22, 2026 1:48 PM
    _DAY_NAME + rb"(?P<month>[A-Za-z]{3})[A-Za-z]*\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4}),?\s+" + _TIME + _ZONE,
    # 2026-11-22T13:48:48Z (ISO 8601)
    rb"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?:[Tt]|\s+)" + _TIME + _ZONE,
    # 22 Nov 2026, the time forgotten
    _DAY_NAME + rb"(?P<day>\d{1,2})[\s.-]+(?P<month>[A-Za-z]{3})[A-Za-z]*[\s.,-]+(?P<year>\d{2,4})\s*\Z",
)
# As nearly all mail has it: the first form, and nothing left open.
_USUAL: Final = re.compile(
    rb"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (19\d\d|2\d{3}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)(?: \([A-Z]{1,5}\))?"
)
_PATTERNS: Final = tuple(re.compile(rb"\s*" + form) for form in _FORMS)


class _Clock(NamedTuple):
    hour: int
    minute: int
    second: int


def parse_date(body: bytes) -> datetime | None:
    """Return the moment an unfolded Date field names, with the offset as written; None when it cannot be read.

    A missing, unknown or military zone is UTC (RFC 5322 §4.3), a leap second is the second before. Years before 1900 are
    refused. Never raises.
    """
    usual = _USUAL.fullmatch(body)
    if usual:
        return _usual_moment(usual)
    text = body[:_LOOKED_AT]
    if b"(" in text:
        text = _COMMENT.sub(b" ", _COMMENT.sub(b" ", text))
    for pattern in _PATTERNS:
        match = pattern.match(text)
        if match:
            return _moment(match.groupdict())
    return None


def format_date(moment: datetime) -> str:
    """Write ``Sun, 22 Nov 2026 13:48:48 +0100``.

    Raises: ValueError when ``moment`` has no time zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a date needs a time zone")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    day = f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]} {moment.year:04}"
    return f"{day} {moment.hour:02}:{moment.minute:02}:{moment.second:02} {sign}{hours:02}{minutes:02}"


def _usual_moment(found: re.Match[bytes]) -> datetime | None:
    day, name, year, hour, minute, second, sign, hours, minutes = found.groups()
    zone = _fixed_zone(sign, hours, minutes)
    try:
        return datetime(
            int(year), _MONTH_NUMBERS.get(name.lower(), 0), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone
        )
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _fixed_zone(sign: bytes, hours: bytes, minutes: bytes) -> timezone:
    return _zone({"sign": sign, "offset": hours + minutes})


def _moment(found: dict[str, bytes]) -> datetime | None:
    name = found["month"].lower()
    month = int(name) if name.isdigit() else _MONTH_NUMBERS.get(name, 0)
    year = _year(found["year"])
    if not 1900 <= year <= 9998:
        return None
    try:
        return datetime(year, month, int(found["day"]), *_clock(found), tzinfo=_zone(found))
    except ValueError:
        return None


def _year(digits: bytes) -> int:
    """RFC 5322 §4.3: two digits up to 49 are of this century, other short years count from 1900."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + 2000 if year < 50 and len(digits) == 2 else year + 1900


def _clock(found: dict[str, bytes]) -> _Clock:
    if not found.get("hour"):
        return _Clock(0, 0, 0)
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == b"p" else 0)
    return _Clock(hour, int(found["minute"]), min(int(found["second"] or 0), 59))


def _zone(found: dict[str, bytes]) -> timezone:
    numeric = (found.get("sign") or b"") + (found.get("offset") or found.get("relative") or b"")
    if numeric:
        hours, minutes = _hours_and_minutes(numeric[1:])
        offset = timedelta(hours=hours, minutes=minutes)
        if offset >= timedelta(hours=24):
            return UTC
        return timezone(-offset if numeric.startswith(b"-") else offset)
    name = (found.get("zone") or b"").lower()
    return timezone(timedelta(hours=_ZONES[name])) if name in _ZONES else UTC


def _hours_and_minutes(digits: bytes) -> tuple[int, int]:
    hours, colon, minutes = digits.partition(b":")
    if not colon and len(digits) > 2:
        hours, minutes = digits[:-2], digits[-2:]
    return int(hours), int(minutes or 0)
