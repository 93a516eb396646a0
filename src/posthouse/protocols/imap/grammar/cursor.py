"""A place in the octets of one command, and the lexical rules that every other rule is built from.

The command is whole and contiguous: its lines and its buffered literals, without the line end that finishes it. A rule that fails
raises ``SyntaxViolation``; the command is then refused as a whole, so nobody needs the cursor to be put back.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from posthouse.protocols.imap.errors import SyntaxViolation

NUMBER_MAXIMUM: Final = 4_294_967_295
"""Largest ``number`` (RFC 9051 §9: unsigned 32 bits)."""
NUMBER64_MAXIMUM: Final = 9_223_372_036_854_775_807
"""Largest ``number64`` (RFC 9051 §9: unsigned 63 bits)."""

_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
# Octets above 127 are allowed by no RFC here, but see quirks.EIGHT_BIT_ASTRING.
_ASTRING_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\x7f]++')
_QUOTED = re.compile(rb'"([^"\\\r\n\x00]*+(?:\\["\\][^"\\\r\n\x00]*+)*)"')
_QUOTED_PAIR = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"(~?)\{(\d{1,19})\+?\}\r?\n")
_NUMBER = re.compile(rb"\d{1,19}(?!\d)")
_WORD = re.compile(rb"[A-Za-z][A-Za-z0-9.=-]*+")

T = TypeVar("T")


class Cursor:
    """``octets`` of one command and the ``position`` of the next one to read.

    ``utf8`` says whether the connection has enabled IMAP4rev2 or UTF8=ACCEPT: mailbox names are then UTF-8, else modified UTF-7.
    ``charset`` is that of SEARCH's texts.
    """

    __slots__ = ("charset", "octets", "position", "utf8")

    def __init__(self, octets: bytes, position: int = 0, *, utf8: bool = False) -> None:
        self.octets = octets
        self.position = position
        self.utf8 = utf8
        self.charset = "UTF-8"

    @property
    def at_end(self) -> bool:
        """Whether every octet has been read."""
        return self.position >= len(self.octets)

    def expect_end(self) -> None:
        """Nothing may follow but spaces, which many programs leave there (``quirks.TRAILING_SPACE``)."""
        if self.octets[self.position :].strip(b" "):
            raise self.violation("unexpected characters after the command's arguments")

    def violation(self, reason: str) -> SyntaxViolation:
        """Make the error for the octet under the cursor; the caller raises it."""
        return SyntaxViolation(reason, self.position)

    def peek(self, octets: bytes) -> bool:
        """Whether ``octets`` come next."""
        return self.octets.startswith(octets, self.position)

    def take(self, octets: bytes) -> bool:
        """Step over ``octets`` if they come next."""
        if self.octets.startswith(octets, self.position):
            self.position += len(octets)
            return True
        return False

    def expect(self, octets: bytes, reason: str) -> None:
        """Step over ``octets``, which must come next."""
        if not self.take(octets):
            raise self.violation(reason)

    def space(self) -> None:
        """SP: exactly one space between arguments (RFC 9051 §2.2.1)."""
        if not self.octets.startswith(b" ", self.position):
            raise self.violation("missing argument")
        self.position += 1

    def word(self, what: str = "a keyword") -> bytes:
        """Read a keyword of the protocol itself, e.g. ``FLAGS.SILENT``, in upper case."""
        match = _WORD.match(self.octets, self.position)
        if match is None:
            raise self.violation(f"{what} is missing")
        self.position = match.end()
        return match[0].upper()

    def atom(self) -> bytes:
        """``atom = 1*ATOM-CHAR``, as written."""
        match = _ATOM.match(self.octets, self.position)
        if match is None:
            raise self.violation("an atom is missing")
        self.position = match.end()
        return match[0]

    def astring(self) -> bytes:
        """``astring = 1*ASTRING-CHAR / string``, as octets."""
        match = _ASTRING_ATOM.match(self.octets, self.position)
        if match is None:
            return self.string()
        self.position = match.end()
        return match[0]

    def string(self) -> bytes:
        """``string = quoted / literal``, unquoted."""
        match = _QUOTED.match(self.octets, self.position)
        if match is None:
            return self.literal()
        self.position = match.end()
        text = match[1]
        return _QUOTED_PAIR.sub(rb"\1", text) if b"\\" in text else text

    def literal(self, *, binary: bool = False) -> bytes:
        """``literal``, or with ``binary`` also ``literal8`` (RFC 9051 §4.3, RFC 3516 §4.4, RFC 7888); only literal8 holds NUL."""
        match = _LITERAL.match(self.octets, self.position)
        if match is None:
            raise self.violation("a string is missing or badly quoted")
        end = match.end() + int(match[2])
        text = self.octets[match.end() : end]
        if end > len(self.octets) or (match[1] and not binary) or (not match[1] and b"\x00" in text):
            raise self.violation("bad literal")
        self.position = end
        return text

    def nstring(self) -> bytes | None:
        """``nstring = string / nil``."""
        return None if self.nil() else self.string()

    def nil(self) -> bool:
        """Step over ``NIL`` if it comes next."""
        if self.octets[self.position : self.position + 3].upper() != b"NIL":
            return False
        self.position += 3
        return True

    def number(self, maximum: int = NUMBER_MAXIMUM) -> int:
        """``number``: unsigned, at most ``maximum``."""
        match = _NUMBER.match(self.octets, self.position)
        if match is None or (value := int(match[0])) > maximum:
            raise self.violation("a number is missing or out of range")
        self.position = match.end()
        return value

    def nz_number(self) -> int:
        """``nz-number``: unsigned, 32 bits, not zero."""
        value = self.number()
        if not value:
            raise self.violation("zero is not allowed here")
        return value

    def parenthesised(self, item: "Callable[[Cursor], T]", *, may_be_empty: bool = False) -> list[T]:
        """``"(" item *(SP item) ")"``."""
        self.expect(b"(", "a parenthesised list is missing")
        items: list[T] = []
        if may_be_empty and self.take(b")"):
            return items
        items.append(item(self))
        while self.take(b" "):
            if self.peek(b")"):  # quirks.TRAILING_SPACE
                break
            items.append(item(self))
        self.expect(b")", "a closing parenthesis is missing")
        return items
