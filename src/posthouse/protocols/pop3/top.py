"""How much of a message TOP shows (RFC 1939 §7): the header, the blank line, and so many lines of the body."""

import re
from typing import Final

_BLANK_LINE: Final = re.compile(rb"\n\r?\n")


class TopCutter:
    """Cuts a message that comes in pieces. Lines end in LF here, so that one with bare LFs is cut where a reader sees it."""

    __slots__ = ("_in_body", "_lines", "_tail")

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._in_body = False
        self._tail = b"\n"
        """The last octets before this piece; an imagined line end stands before the first."""

    def feed(self, octets: bytes) -> tuple[bytes, bool]:
        """Take a piece; give what of it is shown, and whether that was the last."""
        at = 0
        if not self._in_body:
            window = self._tail + octets
            blank = _BLANK_LINE.search(window)
            if blank is None:
                self._tail = window[-2:]
                return octets, False
            self._in_body = True
            at = blank.end() - len(self._tail)
        return self._cut(octets, at)

    def _cut(self, octets: bytes, at: int) -> tuple[bytes, bool]:
        while self._lines:
            end = octets.find(b"\n", at) + 1
            if end == 0:
                return octets, False
            self._lines -= 1
            at = end
        return octets[:at], True
