"""Sequence sets: which messages a command means (RFC 9051 §9 ``sequence-set``, RFC 5182 ``$``)."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER_MAXIMUM, Cursor

STAR: Final = NUMBER_MAXIMUM + 1
"""Stands for ``*``, the largest number in use, until the mailbox says what that is."""

_SET = re.compile(rb"[0-9:,*]++")


class SequenceSet(msgspec.Struct, frozen=True):
    """Message numbers or UIDs as inclusive ranges, in the order they were written, each with its lower end first.

    ``STAR`` may be an end. ``is_saved`` means ``$``, the result of the last SEARCH RETURN (SAVE); ``ranges`` is then empty.
    """

    ranges: tuple[tuple[int, int], ...]
    is_saved: bool = False

    def resolved(self, largest: int) -> list[tuple[int, int]]:
        """Put ``largest`` (0: the mailbox is empty) in place of ``*``; return ascending ranges that neither touch nor overlap.

        ``*:4`` and ``9:*`` mean the largest message even where that lies outside (RFC 9051 §9), so they are never empty.
        """
        ranges = [(low, largest if high == STAR else high) for low, high in self.ranges if low != STAR]
        ranges = [(low, high) if low <= high else (high, low) for low, high in ranges]
        if any(low == STAR for low, _ in self.ranges):
            ranges.append((largest, largest))
        return merge(ranges) if largest else []


SAVED_RESULT: Final = SequenceSet((), is_saved=True)


def merge(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort inclusive ranges and join those that touch."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return merged


def sequence_set(cursor: Cursor) -> SequenceSet:
    """``sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"``.

    Raises: SyntaxViolation; numbers are 1 to 4294967295.
    """
    if cursor.take(b"$"):
        return SAVED_RESULT
    match = _SET.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("a sequence set is missing")
    ranges = tuple([_seq_range(cursor, text) for text in match[0].split(b",")])
    cursor.position = match.end()
    return SequenceSet(ranges)


def _seq_range(cursor: Cursor, text: bytes) -> tuple[int, int]:
    """``seq-range = seq-number ":" seq-number``; either order is allowed and means the same."""
    low, colon, high = text.partition(b":")
    first = _seq_number(cursor, low)
    last = _seq_number(cursor, high) if colon else first
    return (first, last) if first <= last else (last, first)


def _seq_number(cursor: Cursor, text: bytes) -> int:
    """``seq-number = nz-number / "*"``."""
    if text == b"*":
        return STAR
    # Eleven digits are beyond 32 bits; refusing them unread keeps int() from quadratic work.
    if not text.isdigit() or len(text) > 10 or not 0 < (number := int(text)) <= NUMBER_MAXIMUM:
        raise cursor.violation("bad sequence set")
    return number


def serialise_sequence_set(value: SequenceSet) -> bytes:
    """Write ``value`` as it would stand in a command."""
    if value.is_saved:
        return b"$"
    return b",".join([_number(low) if low == high else _number(low) + b":" + _number(high) for low, high in value.ranges])


def _number(number: int) -> bytes:
    return b"*" if number == STAR else b"%d" % number
