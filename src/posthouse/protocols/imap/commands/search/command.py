"""SEARCH and UID SEARCH (RFC 9051 §6.4.4), and CANCELUPDATE, which ends what their option UPDATE began (RFC 5267 §4.3.5)."""

import msgspec

from posthouse.protocols.imap.commands.search.grammar import charset_name, search_keys
from posthouse.protocols.imap.commands.search.keys import SearchKey
from posthouse.protocols.imap.commands.search.returns import (
    SearchReturns,
    next_word,
    search_return_opts,
    serialise_search_return_opts,
)
from posthouse.protocols.imap.commands.search.serialiser import serialise_search_keys
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.strings import string_octets


class Search(msgspec.Struct, frozen=True):
    """SEARCH, or UID SEARCH where ``uid``. ``returns`` is None for a SEARCH without RETURN."""

    keys: tuple[SearchKey, ...]
    returns: SearchReturns | None = None
    uid: bool = False


class CancelUpdate(msgspec.Struct, frozen=True):
    """CANCELUPDATE: the commands with these tags are no longer kept up to date."""

    tags: tuple[bytes, ...]


def search(cursor: Cursor) -> Search:
    """``search = "SEARCH" [search-return-opts] SP search-program``."""
    return _search(cursor, uid=False)


def uid_search(cursor: Cursor) -> Search:
    """``"UID" SP search``."""
    return _search(cursor, uid=True)


def cancel_update(cursor: Cursor) -> CancelUpdate:
    """``"CANCELUPDATE" 1*(SP quoted)``."""
    tags = []
    while cursor.take(b" ") and not cursor.at_end:  # quirks.TRAILING_SPACE
        tags.append(cursor.string())
    if not tags:
        raise cursor.violation("a tag is missing")
    return CancelUpdate(tuple(tags))


def search_program(cursor: Cursor) -> tuple[SearchKey, ...]:
    """``["CHARSET" SP charset SP] search-key *(SP search-key)``. Raises: CharsetUnknown."""
    if next_word(cursor, b"CHARSET"):
        charset_name(cursor)
        cursor.space()
    return search_keys(cursor)


def serialise_search(value: Search) -> bytes:
    """Write the arguments of SEARCH; the charset is named where a text needs one."""
    return serialise_search_return_opts(value.returns) + serialise_search_program(value.keys)


def serialise_search_program(value: tuple[SearchKey, ...]) -> bytes:
    """Write a blank and ``search-program``."""
    keys = serialise_search_keys(value)
    return b"%b %b" % (b"" if keys.isascii() else b" CHARSET UTF-8", keys)


def serialise_cancel_update(value: CancelUpdate) -> bytes:
    """Write the arguments of CANCELUPDATE."""
    return b"".join([b" " + string_octets(tag) for tag in value.tags])


def _search(cursor: Cursor, *, uid: bool) -> Search:
    cursor.space()
    returns = search_return_opts(cursor)
    return Search(search_program(cursor), returns, uid)
