"""Lines and literals in a stream of octets, with bounded memory and without ever looking at an octet twice.

``Framer`` holds what has arrived and is not yet taken. It knows no commands: ``connection.py`` says what it expects next, a line, a
literal to gather, a literal to pass on in pieces, or something to swallow.
"""

import re
from typing import Final

import msgspec

ANNOUNCEMENT_OCTETS: Final = 32
"""More than the longest end of line that announces a literal: ``~{9223372036854775807+}`` and CRLF."""

_ANNOUNCEMENT = re.compile(rb"~?\{(\d{1,19})(\+?)\}\r?\n\Z")


class Announcement(msgspec.Struct, frozen=True):
    """A literal that follows a line; ``is_synchronising``: the client sends it only when told to (RFC 9051 §4.3)."""

    size_octets: int
    is_synchronising: bool


def announcement(line: bytes) -> Announcement | None:
    """Read the literal that ``line``, with its line end, announces."""
    # The octet before the line end tells nearly always that there is none.
    if line[-3:-2] != b"}" and line[-2:-1] != b"}":
        return None
    match = _ANNOUNCEMENT.search(line, max(0, len(line) - ANNOUNCEMENT_OCTETS))
    return match and Announcement(int(match[1]), not match[2])


class Framer:
    """Octets received, taken away line by line or piece by piece."""

    __slots__ = ("_buffer", "_scanned")

    def __init__(self) -> None:
        self._buffer: bytearray | None = None
        self._scanned = 0

    def __len__(self) -> int:
        """Octets received and not yet taken."""
        return 0 if self._buffer is None else len(self._buffer)

    def receive(self, octets: bytes) -> None:
        """Add what has arrived."""
        if self._buffer is None:
            self._buffer = bytearray(octets)
        else:
            self._buffer += octets

    def clear(self) -> None:
        """Forget everything received and not taken."""
        self._buffer = None
        self._scanned = 0

    def start(self, octets: int) -> bytes:
        """Look at the first ``octets`` without taking them."""
        return b"" if self._buffer is None else bytes(self._buffer[:octets])

    def line(self) -> bytes | None:
        """Take a line with its line end, CRLF or LF (``quirks.BARE_LINE_FEED``), once it is whole."""
        if self._buffer is None:
            return None
        end = self._buffer.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._buffer)
            return None
        return self.take(end + 1)

    def take(self, most: int) -> bytes:
        """Take up to ``most`` octets, or as many as there are."""
        if self._buffer is None or not most:
            return b""
        self._scanned = 0
        if most >= len(self._buffer):
            octets = bytes(self._buffer)
            self._buffer = None  # an idle connection holds no buffer
            return octets
        octets = bytes(memoryview(self._buffer)[:most])
        del self._buffer[:most]
        return octets

    def skip_line(self) -> tuple[int, bytes | None]:
        """Take a line, or what there is of it, and keep only its end.

        Returns: number of octets taken, and the last octets of the line once it is whole, enough for ``announcement``.
        """
        line = self.line()
        if line is not None:
            return len(line), line[-ANNOUNCEMENT_OCTETS:]
        return len(self.take(len(self) - ANNOUNCEMENT_OCTETS)) if len(self) > ANNOUNCEMENT_OCTETS else 0, None
