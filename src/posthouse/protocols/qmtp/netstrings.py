"""Netstrings: ``length:octets,`` (D. J. Bernstein, 1997), written, and read as they come in."""

from typing import Final

LENGTH_DIGITS: Final = 10


class InvalidNetstring(ValueError):
    """The octets are no netstring, or a longer one than is taken."""


def netstring(octets: bytes) -> bytes:
    """Write one."""
    return b"%d:%b," % (len(octets), octets)


def read_length(octets: bytes, most: int) -> tuple[int, int] | None:
    """Read ``length:`` at the start of octets: (length, octets used); None when more are needed. Raises: InvalidNetstring."""
    colon = octets.find(b":", 0, LENGTH_DIGITS + 1)
    digits = octets[:colon] if colon >= 0 else octets[: LENGTH_DIGITS + 1]
    if (
        not (digits.isdigit() or (not digits and colon < 0))
        or len(digits) > LENGTH_DIGITS
        or (digits[:1] == b"0" and len(digits) > 1)
    ):
        raise InvalidNetstring("not the length of a netstring")
    if colon < 0:
        return None
    if int(digits) > most:
        raise InvalidNetstring(f"a netstring of more than {most} octets")
    return int(digits), colon + 1


def split_netstrings(octets: bytes) -> list[bytes]:
    """The netstrings that octets are made of, nothing before, between or after. Raises: InvalidNetstring."""
    found, position = [], 0
    while position < len(octets):
        head = read_length(octets[position : position + LENGTH_DIGITS + 1], len(octets))
        if head is None:
            raise InvalidNetstring("a netstring is cut off")
        start = position + head[1]
        end = start + head[0]
        if octets[end : end + 1] != b",":
            raise InvalidNetstring("a netstring does not end where it says")
        found.append(octets[start:end])
        position = end + 1
    return found


class NetstringReader:
    """Octets in, whole netstrings out; for those small enough to be kept in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = bytearray()

    def receive_data(self, octets: bytes) -> None:
        """Take what has arrived."""
        self._held += octets

    def next(self) -> bytes | None:
        """The next one; None when more octets are needed. Raises: InvalidNetstring."""
        head = read_length(bytes(self._held[: LENGTH_DIGITS + 1]), self._most)
        if head is None:
            return None
        length, start = head
        if len(self._held) <= start + length:
            return None
        if self._held[start + length] != ord(","):
            raise InvalidNetstring("a netstring does not end where it says")
        found = bytes(self._held[start : start + length])
        del self._held[: start + length + 1]
        return found

    def take(self) -> bytes:
        """All octets that nobody has read, taken away."""
        held = bytes(self._held)
        self._held.clear()
        return held
