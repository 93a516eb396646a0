"""GETMETADATA and SETMETADATA (RFC 5464 §4.2-3)."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import astring_octets, literal_octets, string_octets

ENDLESS: Final = -1
"""DEPTH infinity."""
_ENTRY: Final = re.compile(r"/[!-$&-)+-~]++")


class GetMetadata(msgspec.Struct, frozen=True):
    """GETMETADATA; an empty mailbox is the server. ``depth``: 0, 1 or ``ENDLESS``; ``max_size`` in octets."""

    mailbox: str
    entries: tuple[str, ...]
    max_size: int | None = None
    depth: int = 0


class SetMetadata(msgspec.Struct, frozen=True):
    """SETMETADATA; None removes an entry."""

    mailbox: str
    entries: tuple[tuple[str, bytes | None], ...]


def get_metadata(cursor: Cursor) -> GetMetadata:
    """``getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries``.

    Options are taken behind the mailbox too, where the examples of the RFC have them (erratum 3868).
    """
    options: dict[str, int] = {}
    if cursor.peek(b" ("):
        cursor.space()
        _options(cursor, options)
    name = mailbox_argument(cursor)
    cursor.space()
    if not options and _begins_options(cursor):
        _options(cursor, options)
        cursor.space()
    entries = cursor.parenthesised(entry_name) if cursor.peek(b"(") else [entry_name(cursor)]
    return GetMetadata(name, tuple(dict.fromkeys(entries)), options.get("max_size"), options.get("depth", 0))


def set_metadata(cursor: Cursor) -> SetMetadata:
    """``setmetadata = "SETMETADATA" SP mailbox SP entry-values``."""
    name = mailbox_argument(cursor)
    cursor.space()
    return SetMetadata(name, tuple(cursor.parenthesised(_entry_value)))


def _begins_options(cursor: Cursor) -> bool:
    return cursor.octets[cursor.position : cursor.position + 9].upper().startswith((b"(MAXSIZE ", b"(DEPTH "))


def _options(cursor: Cursor, options: dict[str, int]) -> None:
    """``"(" getmetadata-option *(SP getmetadata-option) ")"``."""
    options.update(cursor.parenthesised(_option))


def _option(cursor: Cursor) -> tuple[str, int]:
    word = cursor.word("an option")
    cursor.space()
    if word == b"MAXSIZE":
        return "max_size", cursor.number(NUMBER64_MAXIMUM)
    if word != b"DEPTH":
        raise cursor.violation("unknown option of GETMETADATA")
    depth = {b"0": 0, b"1": 1, b"INFINITY": ENDLESS}.get(cursor.atom().upper())
    if depth is None:
        raise cursor.violation("DEPTH is 0, 1 or infinity")
    return "depth", depth


def entry_name(cursor: Cursor) -> str:
    """``entry = astring``: begins with a slash, ends with none, has no ``*``, ``%`` and no two slashes in a row (§3.1)."""
    text = cursor.astring().decode("ascii", "replace")
    if not _ENTRY.fullmatch(text) or "//" in text or text.endswith("/"):
        raise cursor.violation("the name of an entry begins with a slash and has no wildcard")
    return text


def _entry_value(cursor: Cursor) -> tuple[str, bytes | None]:
    """``entry-value = entry SP value``, ``value = nstring / literal8``."""
    name = entry_name(cursor)
    cursor.space()
    if cursor.nil():
        return name, None
    return name, cursor.literal(binary=True) if cursor.peek(b"~") else cursor.string()


def entry_octets(entry: str) -> bytes:
    """``entry`` as it stands in commands and responses."""
    return astring_octets(entry.encode("ascii"))


def value_octets(value: bytes | None) -> bytes:
    """``value``: NIL, a string, or ``literal8`` where it holds NUL."""
    if value is None:
        return b"NIL"
    if b"\x00" in value:
        return b"~{%d}\r\n%b" % (len(value), value)
    return literal_octets(value) if b"\r" in value or b"\n" in value else string_octets(value)


def serialise_get_metadata(value: GetMetadata, *, utf8: bool) -> bytes:
    """Write the arguments of GETMETADATA."""
    options = []
    if value.max_size is not None:
        options.append(b"MAXSIZE %d" % value.max_size)
    if value.depth:
        options.append(b"DEPTH 1" if value.depth == 1 else b"DEPTH infinity")
    before = b" (%b)" % b" ".join(options) if options else b""
    return b"%b %b (%b)" % (before, mailbox_octets(value.mailbox, utf8=utf8), b" ".join(map(entry_octets, value.entries)))


def serialise_set_metadata(value: SetMetadata, *, utf8: bool) -> bytes:
    """Write the arguments of SETMETADATA."""
    pair: Callable[[tuple[str, bytes | None]], bytes] = lambda item: b"%b %b" % (entry_octets(item[0]), value_octets(item[1]))  # noqa: E731
    return b" %b (%b)" % (mailbox_octets(value.mailbox, utf8=utf8), b" ".join(map(pair, value.entries)))
