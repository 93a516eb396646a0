"""FETCH and UID FETCH (RFC 9051 §6.4.5, RFC 3501 §6.4.5, RFC 3516, 7162, 8474, 8514, 8970)."""

import enum
import functools
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.partial_range import PartialRange, partial_range, serialise_partial_range
from posthouse.protocols.imap.grammar.section import (
    Partial,
    Section,
    partial,
    section,
    section_binary,
    serialise_partial,
    serialise_section,
)
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set, serialise_sequence_set


class FetchItem(enum.Enum):
    """The attributes that take no argument, by their name."""

    UID = b"UID"
    FLAGS = b"FLAGS"
    INTERNALDATE = b"INTERNALDATE"
    RFC822_SIZE = b"RFC822.SIZE"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    BODYSTRUCTURE = b"BODYSTRUCTURE"
    RFC822 = b"RFC822"
    RFC822_HEADER = b"RFC822.HEADER"
    RFC822_TEXT = b"RFC822.TEXT"
    MODSEQ = b"MODSEQ"
    EMAILID = b"EMAILID"
    THREADID = b"THREADID"
    SAVEDATE = b"SAVEDATE"


class BodySection(msgspec.Struct, frozen=True):
    """``BODY[section]<partial>``; ``peek``: the message does not become seen."""

    section: Section
    partial: Partial | None = None
    peek: bool = False


class BinarySection(msgspec.Struct, frozen=True):
    """``BINARY[part]<partial>``: the part with its transfer encoding undone."""

    part: tuple[int, ...]
    partial: Partial | None = None
    peek: bool = False


class BinarySize(msgspec.Struct, frozen=True):
    """``BINARY.SIZE[part]``."""

    part: tuple[int, ...]


class Preview(msgspec.Struct, frozen=True):
    """``PREVIEW``; ``lazy``: only where it costs nothing (RFC 8970)."""

    lazy: bool = False


FetchAttribute = FetchItem | BodySection | BinarySection | BinarySize | Preview


class FetchModifiers(msgspec.Struct, frozen=True):
    """What stands in the second parentheses (RFC 4466 §2.4)."""

    changed_since: int | None = None
    """Only messages with a higher modification sequence (RFC 7162 §3.1.4.1)."""
    vanished: bool = False
    """Tell the UIDs that are gone too (RFC 7162 §3.2.6)."""
    partial: PartialRange | None = None
    """Only these of the messages that would be answered else (RFC 9394 §3.3)."""


NO_MODIFIERS: Final = FetchModifiers()


class Fetch(msgspec.Struct, frozen=True):
    """FETCH, or UID FETCH where ``uid``: attributes in the order asked for, each once, macros spelt out."""

    messages: SequenceSet
    attributes: tuple[FetchAttribute, ...]
    uid: bool = False
    modifiers: FetchModifiers = NO_MODIFIERS


_ITEMS: Final[dict[bytes, FetchItem]] = {item.value: item for item in FetchItem}
_FAST = (FetchItem.FLAGS, FetchItem.INTERNALDATE, FetchItem.RFC822_SIZE)
_MACROS: Final[dict[bytes, tuple[FetchAttribute, ...]]] = {
    b"FAST": _FAST,
    b"ALL": (*_FAST, FetchItem.ENVELOPE),
    b"FULL": (*_FAST, FetchItem.ENVELOPE, FetchItem.BODY),
}
_MACRO = re.compile(rb"(?i:ALL|FAST|FULL)(?![A-Za-z.])")
_REMEMBERED = 512
_REMEMBERED_OCTETS = 512


def fetch(cursor: Cursor) -> Fetch:
    """``fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")``."""
    return _fetch(cursor, uid=False)


def uid_fetch(cursor: Cursor) -> Fetch:
    """``"UID" SP fetch``."""
    return _fetch(cursor, uid=True)


def _fetch(cursor: Cursor, *, uid: bool) -> Fetch:
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    rest = cursor.octets[cursor.position :]
    # Programs ask the same few questions over and over; the answer of the grammar is remembered, not replaced.
    attributes, modifiers = _remembered(rest) if len(rest) <= _REMEMBERED_OCTETS else _arguments(rest)
    cursor.position = len(cursor.octets)
    return Fetch(messages, attributes, uid, modifiers)


def _arguments(octets: bytes) -> tuple[tuple[FetchAttribute, ...], FetchModifiers]:
    cursor = Cursor(octets)
    attributes = fetch_attributes(cursor)
    modifiers = NO_MODIFIERS
    if cursor.peek(b" ("):
        cursor.space()
        modifiers = fetch_modifiers(cursor)
    cursor.expect_end()
    return attributes, modifiers


_remembered = functools.lru_cache(_REMEMBERED)(_arguments)


def fetch_modifiers(cursor: Cursor) -> FetchModifiers:
    """``"(" fetch-modifier *(SP fetch-modifier) ")"``, each once."""
    found = cursor.parenthesised(_fetch_modifier)
    given = dict(found)
    if len(given) < len(found):
        raise cursor.violation("a FETCH modifier is given twice")
    return FetchModifiers(**given)


def _fetch_modifier(cursor: Cursor) -> tuple[str, Any]:
    """``"CHANGEDSINCE" SP mod-sequence-value / "VANISHED" / "PARTIAL" SP partial-range``, as a field and its value."""
    word = cursor.word("a FETCH modifier")
    if word == b"CHANGEDSINCE":
        cursor.space()
        return "changed_since", cursor.number(NUMBER64_MAXIMUM)
    if word == b"VANISHED":
        return "vanished", True
    if word == b"PARTIAL":
        cursor.space()
        return "partial", partial_range(cursor)
    raise cursor.violation("unknown FETCH modifier")


def fetch_attributes(cursor: Cursor) -> tuple[FetchAttribute, ...]:
    """``"ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"``."""
    macro = _MACRO.match(cursor.octets, cursor.position)
    if macro is not None:
        cursor.position = macro.end()
        return _MACROS[macro[0].upper()]
    attributes = cursor.parenthesised(fetch_att) if cursor.peek(b"(") else [fetch_att(cursor)]
    return tuple(dict.fromkeys(attributes))


def fetch_att(cursor: Cursor) -> FetchAttribute:
    """``fetch-att``, e.g. ``BODY.PEEK[1.2.MIME]<0.512>``.

    Raises: SyntaxViolation at the offending octet.
    """
    word = cursor.word("a FETCH item")
    if cursor.peek(b"["):
        parser = _SECTIONED.get(word)
        if parser is not None:
            return parser(cursor, word.endswith(b".PEEK"))
    elif word in _ITEMS:
        return _ITEMS[word]
    elif word == b"PREVIEW":
        return _preview(cursor)
    raise cursor.violation("unknown FETCH item")


def _preview(cursor: Cursor) -> Preview:
    """``"PREVIEW" [SP "(" preview-mod ")"]``; the one modifier known is LAZY."""
    if cursor.octets[cursor.position : cursor.position + 7].upper() != b" (LAZY)":
        return Preview()
    cursor.position += 7
    return Preview(lazy=True)


def _body_section(cursor: Cursor, peek: bool) -> BodySection:
    return BodySection(section(cursor), partial(cursor), peek)


def _binary_section(cursor: Cursor, peek: bool) -> BinarySection:
    return BinarySection(section_binary(cursor), partial(cursor), peek)


def _binary_size(cursor: Cursor, peek: bool) -> BinarySize:  # noqa: ARG001 -- called through a table
    return BinarySize(section_binary(cursor))


_SECTIONED: Final[dict[bytes, Callable[[Cursor, bool], FetchAttribute]]] = {
    b"BODY": _body_section,
    b"BODY.PEEK": _body_section,
    b"BINARY": _binary_section,
    b"BINARY.PEEK": _binary_section,
    b"BINARY.SIZE": _binary_size,
}


def serialise_fetch(value: Fetch) -> bytes:
    """Write the arguments of FETCH."""
    attributes = b" ".join([serialise_fetch_att(attribute) for attribute in value.attributes])
    return b" %b (%b)%b" % (serialise_sequence_set(value.messages), attributes, _serialise_modifiers(value.modifiers))


def _serialise_modifiers(value: FetchModifiers) -> bytes:
    words = [] if value.changed_since is None else [b"CHANGEDSINCE %d" % value.changed_since]
    if value.vanished:
        words.append(b"VANISHED")
    if value.partial is not None:
        words.append(b"PARTIAL " + serialise_partial_range(value.partial))
    return b" (%b)" % b" ".join(words) if words else b""


def serialise_fetch_att(value: FetchAttribute) -> bytes:
    """Write ``fetch-att``."""
    if isinstance(value, FetchItem):
        return value.value
    if isinstance(value, Preview):
        return b"PREVIEW (LAZY)" if value.lazy else b"PREVIEW"
    if isinstance(value, BodySection):
        return _body(value) + serialise_section(value.section) + serialise_partial(value.partial)
    part = serialise_section(Section(value.part))
    if isinstance(value, BinarySize):
        return b"BINARY.SIZE" + part
    return (b"BINARY.PEEK" if value.peek else b"BINARY") + part + serialise_partial(value.partial)


def _body(value: BodySection) -> bytes:
    return b"BODY.PEEK" if value.peek else b"BODY"
