"""Whether every CR is followed by LF and every LF follows a CR (RFC 5321 §2.3.8).

Two patterns that begin with one literal octet each: the engine jumps from newline to newline by memchr. One pattern with
both alternatives looks at every octet and takes twenty times as long.
"""

import re
from typing import Final

_BARE_LINE_FEED: Final = re.compile(rb"\n(?<!\r\n)")
_BARE_CARRIAGE_RETURN: Final = re.compile(rb"\r(?!\n)")


def has_bare_newline(octets: bytes) -> bool:
    """Whether there is a CR without LF (also at the end) or an LF without CR (also at the beginning)."""
    return _has_bare(octets, 0, len(octets))


class NewlineCheck:
    """The same over pieces: a CR at the end of one is judged with the next."""

    __slots__ = ("_carriage_return",)

    def __init__(self) -> None:
        self._carriage_return = False

    def passes(self, octets: bytes) -> bool:
        """Whether this piece is fine."""
        if not octets:
            return True
        start = int(self._carriage_return)
        if start and octets[0] != 10:
            return False
        self._carriage_return = octets[-1] == 13
        return not _has_bare(octets, start, len(octets) - self._carriage_return)

    def ends(self) -> bool:
        """Whether nothing is left open at the end of the content."""
        return not self._carriage_return


def _has_bare(octets: bytes, start: int, end: int) -> bool:
    if _BARE_LINE_FEED.search(octets, start):
        return True
    return _BARE_CARRIAGE_RETURN.search(octets, 0, end) is not None
