"""SORT and UID SORT (RFC 5256 §5, RFC 5957, RFC 6203 §5), with the result options of ESORT (RFC 5267 §3)."""

import enum

import msgspec

from posthouse.protocols.imap.commands.search.grammar import charset_name, search_keys
from posthouse.protocols.imap.commands.search.keys import SearchKey
from posthouse.protocols.imap.commands.search.returns import SearchReturns, search_return_opts, serialise_search_return_opts
from posthouse.protocols.imap.commands.search.serialiser import serialise_search_keys
from posthouse.protocols.imap.grammar.cursor import Cursor


class SortKey(enum.Enum):
    """``sort-key``: what messages are ordered by."""

    ARRIVAL = b"ARRIVAL"
    CC = b"CC"
    DATE = b"DATE"
    FROM = b"FROM"
    SIZE = b"SIZE"
    SUBJECT = b"SUBJECT"
    TO = b"TO"
    DISPLAYFROM = b"DISPLAYFROM"
    DISPLAYTO = b"DISPLAYTO"
    RELEVANCY = b"RELEVANCY"


class SortCriterion(msgspec.Struct, frozen=True):
    """``sort-criterion``; of messages that are equal the first comes first, ``reverse`` or not."""

    key: SortKey
    reverse: bool = False


class Sort(msgspec.Struct, frozen=True):
    """SORT, or UID SORT where ``uid``. ``returns`` is None for a SORT without RETURN."""

    criteria: tuple[SortCriterion, ...]
    keys: tuple[SearchKey, ...]
    returns: SearchReturns | None = None
    uid: bool = False


def sort(cursor: Cursor) -> Sort:
    """``sort = "SORT" [search-return-opts] SP "(" sort-criterion *(SP sort-criterion) ")" SP charset 1*(SP search-key)``."""
    return _sort(cursor, uid=False)


def uid_sort(cursor: Cursor) -> Sort:
    """``"UID" SP sort``."""
    return _sort(cursor, uid=True)


def serialise_sort(value: Sort) -> bytes:
    """Write the arguments of SORT, texts in UTF-8."""
    criteria = b" ".join([(b"REVERSE " if criterion.reverse else b"") + criterion.key.value for criterion in value.criteria])
    returns = serialise_search_return_opts(value.returns)
    return b"%b (%b) UTF-8 %b" % (returns, criteria, serialise_search_keys(value.keys))


def _sort(cursor: Cursor, *, uid: bool) -> Sort:
    cursor.space()
    returns = search_return_opts(cursor)
    criteria = tuple(cursor.parenthesised(_sort_criterion))
    cursor.space()
    charset_name(cursor)
    cursor.space()
    return Sort(criteria, search_keys(cursor), returns, uid)


def _sort_criterion(cursor: Cursor) -> SortCriterion:
    """``["REVERSE" SP] sort-key``."""
    word = cursor.word("a sort criterion")
    reverse = word == b"REVERSE"
    if reverse:
        cursor.space()
        word = cursor.word("a sort key")
    if word not in _KEYS:
        raise cursor.violation("unknown sort key")
    return SortCriterion(_KEYS[word], reverse)


_KEYS = {key.value: key for key in SortKey}
