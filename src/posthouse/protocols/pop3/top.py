"""How much of a message TOP shows (RFC 1939 §7)."""

import re
from typing import Final

_BLANK: Final = re.compile(rb"(?:\A|\n)\r?\n")


def top_end(octets: bytes, lines: int) -> int | None:
    """Where the header, the blank line and so many lines of the body end; None when more octets are needed to know.

    Lines end in LF here, so that a message with bare ones is cut where a reader would see it.
    """
    blank = _BLANK.search(octets)
    if blank is None:
        return None
    at = blank.end()
    for _ in range(lines):
        at = octets.find(b"\n", at) + 1
        if at == 0:
            return None
    return at
