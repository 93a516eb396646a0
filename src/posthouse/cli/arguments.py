"""Arguments as people write them, read into values; what cannot be read is wrong usage."""

import datetime as dt

import typer

from posthouse.foundation.units import parse_octets


def octets(text: str) -> int:
    """A size such as ``5GB``. Raises: typer.BadParameter."""
    try:
        return parse_octets(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def expiry(text: str) -> float:
    """The end of a day such as ``2027-01-31``, or a moment such as ``2027-01-31T12:00Z``, in seconds since 1970.

    Raises: typer.BadParameter.
    """
    return _moment(text, days=1)


def beginning(text: str) -> float:
    """The begin of a day, or a moment; as ``expiry``. Raises: typer.BadParameter."""
    return _moment(text, days=0)


def _moment(text: str, days: int) -> float:
    try:
        if len(text) == len("2027-01-31"):
            return (dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC) + dt.timedelta(days=days)).timestamp()
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date: write 2027-01-31") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
