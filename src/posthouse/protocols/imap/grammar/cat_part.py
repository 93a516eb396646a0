"""The parts of a message that CATENATE puts together (RFC 4469 §5, RFC 6855 §4), read one after the other.

A literal is not here yet when its part is read: the line ends with its announcement, and the next part stands in the line after it.
"""

import re
from typing import Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.strings import string_octets

_ANNOUNCEMENT: Final = re.compile(rb"(~?)\{(\d{1,19})(\+?)\}\r?\n")


class UrlPart(msgspec.Struct, frozen=True):
    """``URL astring``: octets of a message of ours, by an IMAP URL as written."""

    url: bytes


class LiteralPart(msgspec.Struct, frozen=True):
    """A part whose octets follow the line: TEXT, TEXT in UTF8, or a URL in a literal."""

    size_octets: int
    is_synchronising: bool = True
    is_url: bool = False
    is_utf8: bool = False
    """``UTF8 (~{…}…)``, whose parenthesis is closed after the octets."""


def catenate(cursor: Cursor) -> bool:
    """Step over ``"CATENATE" SP "("`` if it comes next."""
    if cursor.octets[cursor.position : cursor.position + 10].upper() != b"CATENATE (":
        return False
    cursor.position += 10
    return True


def cat_part(cursor: Cursor, *, after_utf8: bool = False) -> UrlPart | LiteralPart | None:
    """Read the next ``cat-part``, of which there is at least one; None at the closing parenthesis.

    ``after_utf8``: the literal before was in the form ``UTF8 (~{…}…)``.
    Raises: SyntaxViolation.
    """
    if after_utf8:
        cursor.expect(b")", "a closing parenthesis is missing")
    is_first = cursor.octets[cursor.position - 1 : cursor.position] == b"("
    if not is_first:
        if cursor.take(b")"):
            return None
        cursor.space()
    kind = cursor.word("TEXT or URL")
    cursor.space()
    if kind == b"URL":
        return _literal(cursor, is_url=True) or UrlPart(cursor.astring())
    if kind == b"UTF8":
        cursor.expect(b"(", "a parenthesis is missing")
    elif kind != b"TEXT":
        raise cursor.violation("a part is neither TEXT nor URL")
    part = _literal(cursor, is_utf8=kind == b"UTF8")
    if part is None:
        raise cursor.violation("the literal of a part is missing")
    return part


def _literal(cursor: Cursor, *, is_url: bool = False, is_utf8: bool = False) -> LiteralPart | None:
    """Read the announcement of a literal at the end of the line, if it comes next: literal8 where UTF8, literal for a URL."""
    match = _ANNOUNCEMENT.fullmatch(cursor.octets, cursor.position)
    if match is None or (is_url and match[1]) or (is_utf8 and not match[1]) or int(match[2]) > NUMBER64_MAXIMUM:
        return None
    cursor.position = match.end()
    return LiteralPart(int(match[2]), not match[3], is_url, is_utf8)


def serialise_cat_part(value: UrlPart | LiteralPart) -> bytes:
    """Write a part up to its literal; the spaces between parts, and ``)`` after the octets where ``is_utf8``, are the caller's."""
    if isinstance(value, UrlPart):
        return b"URL " + string_octets(value.url)
    kind = b"URL " if value.is_url else b"UTF8 (~" if value.is_utf8 else b"TEXT "
    return b"%b{%d%b}\r\n" % (kind, value.size_octets, b"" if value.is_synchronising else b"+")
