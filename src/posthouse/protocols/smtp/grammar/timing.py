"""Values of the extensions about time and urgency: FUTURERELEASE (RFC 4865), DELIVERBY (RFC 2852), MT-PRIORITY (RFC 6710)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from posthouse.protocols.smtp.types import DeliverBy

_INTERVAL: Final = re.compile(r"[0-9]{1,9}")
_DATE_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_BY: Final = re.compile(r"([+-]?[0-9]{1,9});([NRnr])([Tt]?)")
_PRIORITY: Final = re.compile(r"-?[1-9]|0")


def future_release_interval(value: str | None) -> int:
    """Parse seconds, 1 to 9 digits (RFC 4865 §5). Raises: ValueError."""
    if value is None or not _INTERVAL.fullmatch(value) or int(value) == 0:
        raise ValueError("HOLDFOR is 1 to 999999999 seconds")
    return int(value)


def future_release_date_time(value: str | None) -> int:
    """Parse an RFC 3339 date-time to seconds since 1970; fractions are cut off. Raises: ValueError."""
    found = _DATE_TIME.fullmatch(value or "")
    if found is None:
        raise ValueError("HOLDUNTIL is a date and time like 2026-12-24T18:00:00Z")
    sign, hours, minutes = found[7], int(found[8] or 0), int(found[9] or 0)
    if minutes > 59 or hours > 23:
        raise ValueError("no such zone")
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    year, month, day, hour, minute, second = (int(found[number]) for number in range(1, 7))
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone(offset))
    return int(moment.timestamp()) + (1 if second == 60 else 0) if second <= 60 else _no_second()


def write_date_time(seconds: int) -> str:
    """Seconds since 1970 as an RFC 3339 date-time in UTC; moments after the year 9999 are its end."""
    return datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def by_value(value: str | None) -> DeliverBy:
    """Parse ``seconds;N`` or ``seconds;R``, with ``T`` behind it (RFC 2852 §4). Raises: ValueError."""
    found = _BY.fullmatch(value or "")
    if found is None:
        raise ValueError("BY is seconds;N or seconds;R")
    by = DeliverBy(int(found[1]), found[2].upper(), trace=bool(found[3]))
    if by.mode == "R" and by.seconds <= 0:
        raise ValueError("BY with mode R is more than 0 seconds")
    return by


def write_by_value(by: DeliverBy) -> str:
    """``seconds;mode``."""
    return f"{max(min(by.seconds, 999_999_999), -999_999_999)};{by.mode}{'T' if by.trace else ''}"


def priority_value(value: str | None) -> int:
    """Parse -9 to 9 (RFC 6710 §4.1). Raises: ValueError."""
    if value is None or not _PRIORITY.fullmatch(value):
        raise ValueError("MT-PRIORITY is -9 to 9")
    return int(value)


def _no_second() -> int:
    raise ValueError("no such second")
