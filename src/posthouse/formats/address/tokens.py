"""Lexical tokens of structured address fields (RFC 5322 §3.2), in one linear pass over the octets."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple


class Kind(Enum):
    """What a token is; the specials are named, everything that can be part of a phrase is a WORD."""

    WORD = auto()
    COMMENT = auto()
    AT = auto()
    COMMA = auto()
    COLON = auto()
    SEMICOLON = auto()
    ANGLE_OPEN = auto()
    ANGLE_CLOSE = auto()


class Token(NamedTuple):
    """One token: quoted strings and comments unquoted, ``spaced`` when white space or a comment stands before it."""

    kind: Kind
    octets: bytes
    spaced: bool


_SPECIALS = {
    b"@": Kind.AT,
    b",": Kind.COMMA,
    b":": Kind.COLON,
    b";": Kind.SEMICOLON,
    b"<": Kind.ANGLE_OPEN,
    b">": Kind.ANGLE_CLOSE,
}
# Encoded words come first: careless senders leave commas and brackets bare inside them.
_TOKEN = re.compile(
    rb"""(?P<space>[\s\x00]++)
    | (?P<word>=\?[^?\s]{1,64}\?[BbQq]\?[^?\s"<>]{0,998}\?= | \[[^\[\]\\\s]*+\] | [^\s\x00"(),:;<>@\[\]\\]++)
    | "(?P<quoted>(?:[^"\\]++|\\.)*)"
    | (?P<special>[@,:;<>])""",
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = ord("(")
_BACKSLASH: Final = ord("\\")
_COMMENT_EDGE = re.compile(rb"\\.|[()]", re.DOTALL)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)


def tokens(body: bytes) -> Iterator[Token]:
    """Yield the tokens of an unfolded field body; octets that fit nowhere (an unclosed quote or comment) are passed over."""
    position, spaced, closed = 0, False, True
    while position < len(body):
        match = _TOKEN.match(body, position)
        if match is None:
            end = _comment_end(body, position) if closed and body[position] == _OPENING else 0
            if end:
                yield Token(Kind.COMMENT, _unquoted(body[position + 1 : end - 1]).strip(), spaced)
            elif body[position] == _OPENING:
                closed = False
            # Quoted pairs stay pairs outside quotes, so that an unclosed quote is looked through only once.
            position = end or position + (2 if body[position] == _BACKSLASH else 1)
            spaced = True
            continue
        position = match.end()
        if match.lastgroup != "space":
            yield _token(match, spaced=spaced)
        spaced = match.lastgroup == "space"


def _token(match: re.Match[bytes], *, spaced: bool) -> Token:
    if match.lastgroup == "special":
        return Token(_SPECIALS[match[0]], match[0], spaced)
    if match.lastgroup == "quoted":
        return Token(Kind.WORD, _unquoted(match["quoted"]), spaced)
    return Token(Kind.WORD, match[0], spaced)


def _comment_end(body: bytes, position: int) -> int:
    """Return the octet after the comment that opens at ``position``; 0 when it is never closed."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(body, position):
        if edge[0] == b"(":
            depth += 1
        elif edge[0] == b")":
            depth -= 1
            if depth == 0:
                return edge.end()
    return 0


def _unquoted(octets: bytes) -> bytes:
    return _QUOTED_PAIR.sub(rb"\1", octets) if b"\\" in octets else octets
