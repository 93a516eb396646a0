"""ESEARCH: a search of any number of mailboxes (RFC 7377, whose sources are those of RFC 5465 §6)."""

import enum
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.search.command import search_program, serialise_search_program
from posthouse.protocols.imap.commands.search.keys import SearchKey
from posthouse.protocols.imap.commands.search.returns import (
    SearchReturns,
    next_word,
    search_return_opts,
    serialise_search_return_opts,
)
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox, mailbox_octets


class SourceKind(enum.Enum):
    """``filter-mailboxes``: which mailboxes are meant."""

    SELECTED = b"SELECTED"
    INBOXES = b"INBOXES"
    """Those that mail is delivered to."""
    PERSONAL = b"PERSONAL"
    SUBSCRIBED = b"SUBSCRIBED"
    SUBTREE = b"SUBTREE"
    """The mailboxes named with all below them."""
    SUBTREE_ONE = b"SUBTREE-ONE"
    """With those on the next level."""
    MAILBOXES = b"MAILBOXES"


class Source(msgspec.Struct, frozen=True):
    """Some mailboxes; ``names`` where the kind wants them."""

    kind: SourceKind
    names: tuple[str, ...] = ()


class MultiSearch(msgspec.Struct, frozen=True):
    """ESEARCH; without sources it looks in the selected mailbox."""

    keys: tuple[SearchKey, ...]
    sources: tuple[Source, ...] = ()
    returns: SearchReturns | None = None


NAMING: Final = frozenset((SourceKind.SUBTREE, SourceKind.SUBTREE_ONE, SourceKind.MAILBOXES))
"""Kinds that names follow."""
_KINDS: Final = {kind.value: kind for kind in SourceKind}


def esearch(cursor: Cursor) -> MultiSearch:
    """``"ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program``."""
    cursor.space()
    sources: list[Source] = []
    if next_word(cursor, b"IN"):
        sources = cursor.parenthesised(_source)
        cursor.space()
    returns = search_return_opts(cursor)
    return MultiSearch(search_program(cursor), tuple(sources), returns)


def serialise_esearch(value: MultiSearch, *, utf8: bool) -> bytes:
    """Write the arguments of ESEARCH."""
    sources = b" ".join([_serialise_source(source, utf8=utf8) for source in value.sources])
    scope = b" IN (%b)" % sources if sources else b""
    return scope + serialise_search_return_opts(value.returns) + serialise_search_program(value.keys)


def _source(cursor: Cursor) -> Source:
    """``filter-mailboxes``; there are no scope options yet."""
    kind = _KINDS.get(cursor.word("a source of mailboxes"))
    if kind is None:
        raise cursor.violation("unknown source of mailboxes")
    if kind not in NAMING:
        return Source(kind)
    cursor.space()
    return Source(kind, tuple(cursor.parenthesised(mailbox) if cursor.peek(b"(") else [mailbox(cursor)]))


def _serialise_source(source: Source, *, utf8: bool) -> bytes:
    if source.kind not in NAMING:
        return source.kind.value
    return b"%b (%b)" % (source.kind.value, b" ".join([mailbox_octets(name, utf8=utf8) for name in source.names]))
