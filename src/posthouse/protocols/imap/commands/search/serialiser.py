"""Search keys back to octets."""

from collections.abc import Callable
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.search.keys import (
    Age,
    All,
    And,
    Date,
    Filter,
    Flag,
    Fuzzy,
    Header,
    Messages,
    ModSequence,
    Not,
    ObjectId,
    Or,
    SaveDateSupported,
    SearchKey,
    Size,
    Text,
)
from posthouse.protocols.imap.grammar.date import serialise_date
from posthouse.protocols.imap.grammar.flag import ANSWERED, DELETED, DRAFT, FLAGGED, RECENT, SEEN
from posthouse.protocols.imap.grammar.sequence_set import serialise_sequence_set
from posthouse.protocols.imap.grammar.strings import astring_octets, string_octets

_SYSTEM = {ANSWERED: b"ANSWERED", DELETED: b"DELETED", DRAFT: b"DRAFT", FLAGGED: b"FLAGGED", SEEN: b"SEEN"}


def serialise_search_keys(keys: tuple[SearchKey, ...]) -> bytes:
    """Write ``search-key *(SP search-key)``; texts are UTF-8."""
    return b" ".join([serialise_search_key(key) for key in keys])


def serialise_search_key(key: SearchKey) -> bytes:
    """Write ``search-key``."""
    return _WRITERS[type(key)](key)


def _messages(key: Messages) -> bytes:
    return (b"UID " if key.uid else b"") + serialise_sequence_set(key.messages)


def _flag(key: Flag) -> bytes:
    if key.flag == RECENT:
        return b"RECENT" if key.present else b"OLD"
    name = _SYSTEM.get(key.flag)
    prefix = b"" if key.present else b"UN"
    return prefix + name if name else b"%bKEYWORD %b" % (prefix, key.flag.encode("ascii"))


def _header(key: Header) -> bytes:
    return b"HEADER %b %b" % (astring_octets(key.field.encode("ascii")), string_octets(key.text.encode("utf-8", "replace")))


def _text(key: Text) -> bytes:
    return b"%b %b" % (key.scope.value, string_octets(key.text.encode("utf-8", "replace")))


def _date(key: Date) -> bytes:
    return b"%b%b %b" % (key.clock.value, key.comparison.value, serialise_date(key.day))


def _size(key: Size) -> bytes:
    return b"%b %d" % (b"LARGER" if key.larger else b"SMALLER", key.octets)


def _age(key: Age) -> bytes:
    return b"%b %d" % (b"YOUNGER" if key.younger else b"OLDER", key.seconds)


def _mod_sequence(key: ModSequence) -> bytes:
    entry = b"" if key.entry is None else b"%b %b " % (string_octets(key.entry[0]), key.entry[1])
    return b"MODSEQ %b%d" % (entry, key.least)


def _object_id(key: ObjectId) -> bytes:
    return b"%b %b" % (key.kind.value, key.id.encode("ascii"))


def _save_date_supported(key: SaveDateSupported) -> bytes:  # noqa: ARG001 -- called through a table
    return b"SAVEDATESUPPORTED"


def _filter(key: Filter) -> bytes:
    return b"FILTER " + key.name.encode("ascii")


def _fuzzy(key: Fuzzy) -> bytes:
    return b"FUZZY " + serialise_search_key(key.key)


def _not(key: Not) -> bytes:
    return b"NOT " + serialise_search_key(key.key)


def _or(key: Or) -> bytes:
    return b"OR %b %b" % (serialise_search_key(key.left), serialise_search_key(key.right))


def _and(key: And) -> bytes:
    return b"(%b)" % serialise_search_keys(key.keys)


def _all(key: All) -> bytes:  # noqa: ARG001 -- called through a table
    return b"ALL"


# Each writer takes the type it is filed under, which no signature of a table can say.
_WRITERS: Final[dict[type[msgspec.Struct], Callable[..., bytes]]] = {
    All: _all,
    Messages: _messages,
    Flag: _flag,
    Header: _header,
    Text: _text,
    Date: _date,
    Size: _size,
    Age: _age,
    ModSequence: _mod_sequence,
    ObjectId: _object_id,
    SaveDateSupported: _save_date_supported,
    Filter: _filter,
    Fuzzy: _fuzzy,
    Not: _not,
    Or: _or,
    And: _and,
}
