"""Arguments as people write them, read into values; what cannot be read is wrong usage."""

import datetime as dt
from pathlib import Path

import typer

from posthouse.foundation.units import parse_octets
from posthouse.model.account import Service
from posthouse.model.people.domain_rules import LOGO_OCTETS

SERVICES = ", ".join(Service)


def services(text: str) -> tuple[Service, ...]:
    """Ways to a mailbox with commas between them, or ``none``. Raises: typer.BadParameter."""
    words = [] if text == "none" else [word.strip().lower() for word in text.split(",") if word.strip()]
    try:
        return tuple(dict.fromkeys(Service(word) for word in words))
    except ValueError as error:
        raise typer.BadParameter(f"{error}: there are {SERVICES}") from error


def picture(path: Path) -> bytes:
    """A small file. Raises: typer.BadParameter."""
    if path.stat().st_size > LOGO_OCTETS:
        raise typer.BadParameter(f"{path} has more than {LOGO_OCTETS} octets")
    return path.read_bytes()


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
