"""What all formats of files share: when a message came, how large it may be."""

from posthouse.formats.header.date import parse_date
from posthouse.formats.header.fields import first
from posthouse.foundation.limits import MESSAGE_OCTETS
from posthouse.model.mailbox import Flag
from posthouse.ports.mail_source import Unreadable


def received_at(message: bytes, fallback: float) -> float:
    """When a message arrived: its topmost Received field, its Date field, or the fallback."""
    received = first(message, b"received")
    dates = (received.rpartition(b";")[2] if received else None, first(message, b"date"))
    for body in dates:
        moment = parse_date(body) if body else None
        if moment is not None:
            return moment.timestamp()
    return fallback


def flags_of(letters: frozenset[str], meanings: dict[str, Flag]) -> int:
    """The flags some letters stand for."""
    flags = Flag.NONE
    for letter, flag in meanings.items():
        if letter in letters:
            flags |= flag
    return int(flags)


def too_large(origin: str, size_octets: int) -> Unreadable | None:
    """Refuse what no mailbox takes."""
    if size_octets <= MESSAGE_OCTETS:
        return None
    return Unreadable(origin, f"it has {size_octets} octets; at most {MESSAGE_OCTETS} are taken")
