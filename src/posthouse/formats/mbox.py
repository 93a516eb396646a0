"""The mbox format (RFC 4155 and the four families before it): where messages begin, what their flags were.

A message begins at a line ``From sender date`` at the start of the file or after a blank line. Programs that did not quote such
lines in bodies are frequent, so that a time of day must stand in it and a header field on the next line.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from posthouse.formats.header.fields import every, first

_LINE: Final = rb"(From [^\n]{0,998}?\d:\d\d[^\n]{0,998}\n)(?=>?[!-9;-~]{1,100}[ \t]*:|>From )"
_FIRST: Final = re.compile(_LINE)
_NEXT: Final = re.compile(rb"\n\r?\n" + _LINE)
_DATE: Final = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s.*\d:\d\d.*", re.DOTALL)
_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)

SEEN, ANSWERED, FLAGGED, DELETED, DRAFT = "R", "A", "F", "D", "T"
"""Letters of Status and X-Status."""
_MOZILLA: Final = {0x0001: SEEN, 0x0002: ANSWERED, 0x0004: FLAGGED}
_MOZILLA_EXPUNGED: Final = 0x0008


class Octets(Protocol):
    """Anything that octets can be cut out of: ``bytes``, or a file mapped into memory."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, index: slice, /) -> bytes:
        """Some of them."""
        ...


class Place(NamedTuple):
    """Where one message lies: ``octets[start:end]``, without its postmark and the blank line behind it."""

    postmark: bytes
    start: int
    end: int


class State(NamedTuple):
    """What a program had noted in a message's header."""

    letters: frozenset[str]
    keywords: tuple[str, ...]
    expunged: bool


def places(octets: Octets) -> Iterator[Place]:
    """Find the messages, in their order. What lies before the first postmark is passed over."""
    postmark, start = b"", -1
    opening = _FIRST.match(octets)  # type: ignore[call-overload] # a mapped file is a buffer, as octets are
    if opening:
        postmark, start = opening[1].strip(), opening.end()
    for match in _NEXT.finditer(octets, max(start - 1, 0)):  # type: ignore[call-overload] # as above
        if start >= 0:
            yield Place(postmark, start, max(start, match.start() + 1))
        postmark, start = match[1].strip(), match.end()
    if start >= 0:
        yield Place(postmark, start, _without_blank_line(octets, start))


def unquote(octets: bytes) -> bytes:
    """Take one ``>`` off the lines that begin with any number of them and ``From ``."""
    return _QUOTED.sub(rb"\1", octets)


def postmark_date(postmark: bytes) -> bytes:
    """The date in a postmark as ``formats.header.date.parse_date`` reads it; empty where there is none."""
    match = _DATE.search(postmark)
    return match[0].strip() if match else b""


def state(message: bytes) -> State:
    """Read Status, X-Status, X-Keywords, X-Mozilla-Status and X-Mozilla-Keys."""
    letters = {chr(octet) for name in (b"status", b"x-status") for body in every(message, name) for octet in body}
    mozilla = _hexadecimal(first(message, b"x-mozilla-status"))
    letters |= {letter for bit, letter in _MOZILLA.items() if mozilla & bit}
    words = b" ".join(every(message, b"x-keywords") + every(message, b"x-mozilla-keys")).decode("utf-8", "replace")
    keywords = dict.fromkeys(word for word in re.split(r"[\s,]+", words) if word)
    return State(frozenset(letters), tuple(keywords), bool(mozilla & _MOZILLA_EXPUNGED))


def _hexadecimal(body: bytes | None) -> int:
    try:
        return int(body or b"0", 16)
    except ValueError:
        return 0


def _without_blank_line(octets: Octets, start: int) -> int:
    """The end of the last message: the file ends with a blank line, which is none of its own."""
    end = len(octets)
    tail = octets[max(start, end - 4) : end]
    for line_end in (b"\r\n", b"\n"):
        if tail.endswith(line_end * 2):
            return end - len(line_end)
    return end
