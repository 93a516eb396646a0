"""Days in UTC, by which reports are kept and sent: ``2026-11-25``."""

from datetime import UTC, date, datetime, timedelta


def day_of(seconds: float) -> str:
    """The day of a moment (seconds since 1970)."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def days_before(day: str, count: int) -> list[str]:
    """So many days before a day, the oldest first."""
    last = date.fromisoformat(day)
    return [(last - timedelta(days=number)).isoformat() for number in range(count, 0, -1)]


def bounds(day: str) -> tuple[int, int]:
    """First and last second of a day, since 1970."""
    begin = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    return begin, begin + 86_399
