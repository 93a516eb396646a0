"""Stretches of a result: ``partial-range`` (RFC 9394 §4)."""

import re

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER_MAXIMUM, Cursor

_RANGE = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})(?![0-9])")


class PartialRange(msgspec.Struct, frozen=True):
    """Places in a result, both ends included, counted from 1; from its end where both are negative.

    The ends stand as they were written, for the answer repeats them (RFC 9394 §3.1).
    """

    first: int
    last: int

    def slice(self, count: int) -> slice:
        """The stretch of a result of ``count`` messages that is meant, ascending."""
        low, high = sorted((abs(self.first), abs(self.last)))
        return slice(low - 1, high) if self.first > 0 else slice(max(count - high, 0), max(count - low + 1, 0))


def partial_range(cursor: Cursor) -> PartialRange:
    """``partial-range = nz-number ":" nz-number / MINUS nz-number ":" MINUS nz-number``."""
    match = _RANGE.match(cursor.octets, cursor.position)
    if match is None or match[1] != match[3] or max(int(match[2]), int(match[4])) > NUMBER_MAXIMUM:
        raise cursor.violation("a range is missing")
    cursor.position = match.end()
    sign = -1 if match[1] else 1
    return PartialRange(sign * int(match[2]), sign * int(match[4]))


def serialise_partial_range(value: PartialRange) -> bytes:
    """Write ``partial-range``."""
    return b"%d:%d" % (value.first, value.last)
