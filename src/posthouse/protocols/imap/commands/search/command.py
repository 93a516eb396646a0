"""SEARCH and UID SEARCH, with the result options of ESEARCH and SEARCHRES (RFC 9051 §6.4.4, RFC 4731, RFC 5182)."""

import enum

import msgspec

from posthouse.protocols.imap.commands.search.grammar import charset_name, search_keys
from posthouse.protocols.imap.commands.search.keys import SearchKey
from posthouse.protocols.imap.commands.search.serialiser import serialise_search_keys
from posthouse.protocols.imap.grammar.cursor import Cursor


class SearchReturn(enum.Enum):
    """``search-return-opt``: what is to be said of the messages found."""

    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"


class Search(msgspec.Struct, frozen=True):
    """SEARCH, or UID SEARCH where ``uid``. ``returns`` is None for a SEARCH without RETURN, and has ALL for an empty one."""

    keys: tuple[SearchKey, ...]
    returns: frozenset[SearchReturn] | None = None
    uid: bool = False


_RETURNS = {option.value: option for option in SearchReturn}


def search(cursor: Cursor) -> Search:
    """``search = "SEARCH" [search-return-opts] SP search-program``."""
    return _search(cursor, uid=False)


def uid_search(cursor: Cursor) -> Search:
    """``"UID" SP search``."""
    return _search(cursor, uid=True)


def _search(cursor: Cursor, *, uid: bool) -> Search:
    cursor.space()
    returns = _search_return_opts(cursor)
    if _next_word(cursor, b"CHARSET"):
        charset_name(cursor)
        cursor.space()
    return Search(search_keys(cursor), returns, uid)


def _search_return_opts(cursor: Cursor) -> frozenset[SearchReturn] | None:
    """``[SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"]``."""
    if not _next_word(cursor, b"RETURN"):
        return None
    options = cursor.parenthesised(_search_return_opt, may_be_empty=True)
    cursor.space()
    return frozenset(options or [SearchReturn.ALL])


def _search_return_opt(cursor: Cursor) -> SearchReturn:
    option = _RETURNS.get(cursor.word("a result option"))
    if option is None:
        raise cursor.violation("unknown SEARCH result option")
    return option


def _next_word(cursor: Cursor, word: bytes) -> bool:
    """Step over ``word SP`` if it comes next."""
    end = cursor.position + len(word) + 1
    if cursor.octets[cursor.position : end].upper() != word + b" ":
        return False
    cursor.position = end
    return True


def serialise_search(value: Search) -> bytes:
    """Write the arguments of SEARCH; the charset is named where a text needs one."""
    keys = serialise_search_keys(value.keys)
    charset = b"" if keys.isascii() else b" CHARSET UTF-8"
    returns = b"" if value.returns is None else b" RETURN (%b)" % b" ".join(sorted(option.value for option in value.returns))
    return b"%b%b %b" % (returns, charset, keys)
