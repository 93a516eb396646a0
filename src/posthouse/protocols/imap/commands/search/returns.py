"""Result options of SEARCH and SORT (RFC 9051 §6.4.4, RFC 4731, 5182, 5267, 6203, 9394)."""

import enum
import re
from typing import Any, Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER_MAXIMUM, Cursor


class SearchReturn(enum.Enum):
    """``search-return-opt`` without an argument: what is to be said of the messages found."""

    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"
    RELEVANCY = b"RELEVANCY"
    UPDATE = b"UPDATE"
    """Tell of changes to the result from now on."""
    CONTEXT = b"CONTEXT"
    """The client will ask the same again; whoever keeps results may use the hint."""


class Range(msgspec.Struct, frozen=True):
    """``partial-range``: places in a result, both ends included, counted from 1; from its end where both are negative.

    The ends stand as they were written, for the answer repeats them (RFC 9394 §3.1).
    """

    first: int
    last: int

    def slice(self, count: int) -> slice:
        """The stretch of a result of ``count`` messages that is meant, ascending."""
        low, high = sorted((abs(self.first), abs(self.last)))
        return slice(low - 1, high) if self.first > 0 else slice(max(count - high, 0), max(count - low + 1, 0))


class SearchReturns(msgspec.Struct, frozen=True):
    """``search-return-opts``; RETURN () asks for ALL."""

    options: frozenset[SearchReturn] = frozenset({SearchReturn.ALL})
    partial: Range | None = None


_OPTIONS: Final = {option.value: option for option in SearchReturn}
_RANGE = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})(?![0-9])")


def search_return_opts(cursor: Cursor) -> SearchReturns | None:
    """``["RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP]``.

    Raises: SyntaxViolation, also for ALL beside PARTIAL (RFC 9394 §3.1).
    """
    if not next_word(cursor, b"RETURN"):
        return None
    found = cursor.parenthesised(_search_return_opt, may_be_empty=True)
    cursor.space()
    options = frozenset(option for option in found if isinstance(option, SearchReturn))
    ranges = [option for option in found if isinstance(option, Range)]
    if len(ranges) > 1 or (ranges and SearchReturn.ALL in options):
        raise cursor.violation("PARTIAL stands once, and not beside ALL")
    return SearchReturns(options if found else frozenset({SearchReturn.ALL}), ranges[0] if ranges else None)


def partial_range(cursor: Cursor) -> Range:
    """``partial-range = nz-number ":" nz-number / MINUS nz-number ":" MINUS nz-number``."""
    match = _RANGE.match(cursor.octets, cursor.position)
    if match is None or match[1] != match[3] or max(int(match[2]), int(match[4])) > NUMBER_MAXIMUM:
        raise cursor.violation("a range is missing")
    cursor.position = match.end()
    sign = -1 if match[1] else 1
    return Range(sign * int(match[2]), sign * int(match[4]))


def next_word(cursor: Cursor, word: bytes) -> bool:
    """Step over ``word SP`` if it comes next."""
    end = cursor.position + len(word) + 1
    if cursor.octets[cursor.position : end].upper() != word + b" ":
        return False
    cursor.position = end
    return True


def serialise_range(value: Range) -> bytes:
    """Write ``partial-range``."""
    return b"%d:%d" % (value.first, value.last)


def serialise_search_return_opts(value: SearchReturns | None) -> bytes:
    """Write ``[" RETURN (…)"]``."""
    if value is None:
        return b""
    words = sorted(option.value for option in value.options)
    if value.partial is not None:
        words.append(b"PARTIAL " + serialise_range(value.partial))
    return b" RETURN (%b)" % b" ".join(words)


def _search_return_opt(cursor: Cursor) -> Any:
    word = cursor.word("a result option")
    if word == b"PARTIAL":
        cursor.space()
        return partial_range(cursor)
    if word not in _OPTIONS:
        raise cursor.violation("unknown SEARCH result option")
    return _OPTIONS[word]
