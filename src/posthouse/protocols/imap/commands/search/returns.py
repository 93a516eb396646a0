"""Result options of SEARCH and SORT (RFC 9051 §6.4.4, RFC 4731, 5182, 5267, 6203, 9394)."""

import enum
from typing import Any, Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.partial_range import PartialRange, partial_range, serialise_partial_range


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


class SearchReturns(msgspec.Struct, frozen=True):
    """``search-return-opts``; RETURN () asks for ALL."""

    options: frozenset[SearchReturn] = frozenset({SearchReturn.ALL})
    partial: PartialRange | None = None


_OPTIONS: Final = {option.value: option for option in SearchReturn}


def search_return_opts(cursor: Cursor) -> SearchReturns | None:
    """``["RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP]``.

    Raises: SyntaxViolation, also for ALL beside PARTIAL (RFC 9394 §3.1).
    """
    if not next_word(cursor, b"RETURN"):
        return None
    found = cursor.parenthesised(_search_return_opt, may_be_empty=True)
    cursor.space()
    options = frozenset(option for option in found if isinstance(option, SearchReturn))
    ranges = [option for option in found if isinstance(option, PartialRange)]
    if len(ranges) > 1 or (ranges and SearchReturn.ALL in options):
        raise cursor.violation("PARTIAL stands once, and not beside ALL")
    return SearchReturns(options if found else frozenset({SearchReturn.ALL}), ranges[0] if ranges else None)


def next_word(cursor: Cursor, word: bytes) -> bool:
    """Step over ``word SP`` if it comes next."""
    end = cursor.position + len(word) + 1
    if cursor.octets[cursor.position : end].upper() != word + b" ":
        return False
    cursor.position = end
    return True


def serialise_search_return_opts(value: SearchReturns | None) -> bytes:
    """Write ``[" RETURN (…)"]``."""
    if value is None:
        return b""
    words = sorted(option.value for option in value.options)
    if value.partial is not None:
        words.append(b"PARTIAL " + serialise_partial_range(value.partial))
    return b" RETURN (%b)" % b" ".join(words)


def _search_return_opt(cursor: Cursor) -> Any:
    word = cursor.word("a result option")
    if word == b"PARTIAL":
        cursor.space()
        return partial_range(cursor)
    if word not in _OPTIONS:
        raise cursor.violation("unknown SEARCH result option")
    return _OPTIONS[word]
