r"""Content that ends with a lone dot (RFC 5321 §4.5.2, RFC 1939 §3), both ways, without a loop over lines.

Only CRLF . CRLF ends it. The variants that let one server see two messages where another sees one (``\n.\n``, ``\r.\r``,
``\n.\r\n``, ``\r\n.\n``) are content here; who takes mail refuses them as bare newlines.
"""

import re
from typing import Final

from posthouse.protocols.lines.newlines import has_bare_newline

END: Final = b"\r\n.\r\n"
_DOT_LINE: Final = re.compile(rb"\n\.")
"""Found by memchr: content without a line that begins with a dot, which is most, costs one quick look."""
_BARE: Final = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class DotReader:
    """Finds the end and takes the stuffed dots out. Holds back at most four octets between calls."""

    __slots__ = ("_held", "_lead", "wants")

    def __init__(self) -> None:
        self.wants: int | None = None
        """Octets still to come: nobody knows."""
        self._held = b"\r\n"
        self._lead = 2
        """The content begins at the start of a line: an imagined CRLF stands before it, to be cut off again."""

    def feed(self, octets: bytes) -> tuple[bytes, bytes | None]:
        """Take octets; give content, and what follows the end (None until it has come)."""
        octets = self._held + octets
        dot = _DOT_LINE.search(octets)
        first = len(octets) if dot is None else max(dot.start() - 1, 0)
        end = octets.find(END, first)
        if end >= 0:
            return self._unstuffed(octets, first, end + 2), octets[end + 5 :]
        keep = len(octets) - _possible_end(octets)
        self._held = octets[keep:]
        return self._unstuffed(octets, first, keep), None

    def _unstuffed(self, octets: bytes, first: int, end: int) -> bytes:
        """The octets up to ``end`` without their stuffed dots; before ``first`` there are none."""
        if not end:
            return b""
        lead, self._lead = self._lead, 0
        if first + 2 >= end:
            return octets[lead:end]
        return (octets[:first] + octets[first:end].replace(b"\r\n.", b"\r\n"))[lead:]


def _possible_end(octets: bytes) -> int:
    """How many last octets may be the beginning of the end."""
    for length in range(len(END) - 1, 0, -1):
        if octets.endswith(END[:length]):
            return length
    return 0


class DotWriter:
    """Puts the dots in. A bare CR or LF, which SMTP cannot carry, goes out as CRLF: no server can read it as something else."""

    __slots__ = ("_carriage_return", "_line_start")

    def __init__(self) -> None:
        self._line_start = True
        self._carriage_return = False

    def feed(self, octets: bytes) -> bytes:
        """Stuff a piece of content."""
        if self._carriage_return:
            octets = b"\r" + octets
        self._carriage_return = octets.endswith(b"\r")
        if self._carriage_return:
            octets = octets[:-1]
        if not octets:
            return b""
        if has_bare_newline(octets):
            octets = _BARE.sub(b"\r\n", octets)
        lead = b"." if self._line_start and octets.startswith(b".") else b""
        self._line_start = octets.endswith(b"\n")
        if _DOT_LINE.search(octets):
            octets = octets.replace(b"\r\n.", b"\r\n..")
        return lead + octets if lead else octets

    def end(self) -> bytes:
        """The end: a CRLF where the content has none, and the lone dot."""
        return b".\r\n" if self._line_start and not self._carriage_return else b"\r\n.\r\n"
