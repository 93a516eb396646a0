"""Strings on their way out: the shortest of atom, quoted string and literal that can carry the octets (RFC 9051 §4.3)."""

import re

_ATOM_ONLY = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*+")
_QUOTABLE_UTF8 = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\xff]*+")
_NEEDS_ESCAPE = re.compile(rb'(["\\])')
_QUOTED_LIMIT = 1024
# Older clients read a quoted string into a fixed buffer.


def astring_octets(octets: bytes, *, utf8: bool = False) -> bytes:
    """Write ``octets`` as an atom if they can be one, else as a string. ``NIL`` is quoted, so that nobody takes it for nothing."""
    if _ATOM_ONLY.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    return string_octets(octets, utf8=utf8)


def string_octets(octets: bytes, *, utf8: bool = False) -> bytes:
    """Write ``octets`` quoted if that is allowed, else as a literal; 8-bit text may be quoted only where ``utf8`` was enabled."""
    pattern = _QUOTABLE_UTF8 if utf8 and _is_utf8(octets) else _QUOTABLE
    if len(octets) <= _QUOTED_LIMIT and pattern.fullmatch(octets):
        return b'"' + (_NEEDS_ESCAPE.sub(rb"\\\1", octets) if b'"' in octets or b"\\" in octets else octets) + b'"'
    return literal_octets(octets)


def literal_octets(octets: bytes) -> bytes:
    """Write ``octets`` as a literal; NUL, which only literal8 may carry, is replaced by a blank so that sizes still agree."""
    return b"{%d}\r\n%b" % (len(octets), octets.replace(b"\x00", b" "))


def nstring_octets(octets: bytes | None, *, utf8: bool = False) -> bytes:
    """Write ``octets`` as a string, or NIL."""
    return b"NIL" if octets is None else string_octets(octets, utf8=utf8)


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
