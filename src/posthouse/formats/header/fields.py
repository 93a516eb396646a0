"""Header fields found in place: offsets into the octets, nothing copied that nobody asked for.

A header block is what lies before the first blank line (RFC 5322 §2.1). Line ends are CRLF or a bare LF; a lone CR is
an ordinary octet. Real mail has lines in its header that are no fields (an mbox ``From ``, a line torn in two): they
and their continuations are passed over. Two things end a header although no blank line stands there: a first line
that cannot be a field (there is no header at all then), and a line that begins with ``--`` (the delimiter of an
enclosing multipart, RFC 2046 §5.1.1).

Looks at no more than ``HEADER_OCTETS`` octets and ``HEADER_FIELDS`` fields. Nothing here raises on any octets.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from posthouse.foundation.limits import HEADER_FIELDS, HEADER_OCTETS

_FIRST_LINE = re.compile(rb"(?!--)[ \t]*+[!-9;-~]++[ \t]*+:|>?From ")
_CR: Final = 13
_BLANK_LINE = re.compile(rb"\r?\n")
HEADER_END = re.compile(rb"\n(?:\r?\n|(?=--))")
"""The end of a header, searched from within or at the end of its last lines; the match ends where the body begins."""
# The body of a field runs over its continuation lines, up to but without its last LF.
_BODY = rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*)"
_FIELD = re.compile(rb"([!-9;-~]++)" + _BODY)
_NEXT_FIELD = re.compile(rb"\n([!-9;-~]++)" + _BODY)


class Field(NamedTuple):
    """One header field as offsets: ``octets[start:end]`` is the whole field with its line end."""

    name: bytes
    """As written, without the colon and white space before it."""
    start: int
    body_start: int
    """First octet after the colon."""
    body_end: int
    """One past the last octet of the body; its last line end is left out."""
    end: int


def header_end(octets: bytes, start: int = 0, end: int | None = None) -> int:
    """Find the first octet of the body: the one after the blank line, or ``end`` when all is header.

    A header with no blank line may also end where ``--`` begins a line; octets that start with no field have an empty
    header.
    """
    stop = len(octets) if end is None else end
    opening = _FIRST_LINE.match(octets, start, stop)
    if opening is None:
        blank = _BLANK_LINE.match(octets, start, stop)
        return blank.end() if blank else start
    found = HEADER_END.search(octets, opening.end(), stop)
    return found.end() if found else stop


def fields(octets: bytes, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """Yield the fields of the header block at ``start`` in their order."""
    stop = _looked_at(octets, start, end)
    for match in islice(_matches(octets, start, stop), HEADER_FIELDS):
        body_start, body_end = match.span(2)
        following = body_end + 1
        if following > stop:
            following = stop
        elif octets[body_end - 1] == _CR and body_end > body_start:
            body_end -= 1
        yield Field(match[1], match.start(1), body_start, body_end, following)


def named(octets: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and body of each field of a header block, both as written, a CR at the end of the body included."""
    stop = _looked_at(octets, 0, None)
    return _NEXT_FIELD.findall(b"\n" + octets[:stop])[:HEADER_FIELDS]


def first(octets: bytes, name: bytes, start: int = 0, end: int | None = None) -> bytes | None:
    """Return the unfolded, trimmed body of the first field called ``name`` (any case), or None.

    Octets are as written: encoded words and 8-bit are left in place.
    """
    stop = _looked_at(octets, start, end)
    at_start, later = _patterns(name.lower())
    match = at_start.match(octets, start, stop) or later.search(octets, start, stop)
    return unfold(match[1]).strip() if match else None


def every(octets: bytes, name: bytes, start: int = 0, end: int | None = None) -> list[bytes]:
    """Return the unfolded, trimmed bodies of all fields called ``name`` (any case), from the top down."""
    stop = _looked_at(octets, start, end)
    at_start, later = _patterns(name.lower())
    opening = at_start.match(octets, start, stop)
    bodies = [opening[1]] if opening else []
    bodies += (match[1] for match in islice(later.finditer(octets, start, stop), HEADER_FIELDS))
    return [unfold(body).strip() for body in bodies]


def select(octets: bytes, names: frozenset[bytes], start: int = 0, end: int | None = None, *, omit: bool = False) -> bytes:
    """Return the fields whose lower-case names are in ``names`` (with ``omit``: the others), without a blank line.

    This is what IMAP's HEADER.FIELDS and HEADER.FIELDS.NOT subset (RFC 9051 §6.4.5).
    """
    chosen = [octets[f.start : f.end] for f in fields(octets, start, end) if (f.name.lower() in names) is not omit]
    return b"".join(chosen)


def unfold(body: bytes) -> bytes:
    """Remove the line ends of a folded field body, keeping the white space after them (RFC 5322 §2.2.3)."""
    if b"\n" not in body:
        return body
    return body.replace(b"\r\n", b"").replace(b"\n", b"")


def _looked_at(octets: bytes, start: int, end: int | None) -> int:
    stop = header_end(octets, start, len(octets) if end is None else end)
    return min(stop, start + HEADER_OCTETS)


def _matches(octets: bytes, start: int, stop: int) -> Iterator[re.Match[bytes]]:
    opening = _FIELD.match(octets, start, stop)
    if opening:
        yield opening
    yield from _NEXT_FIELD.finditer(octets, opening.end() if opening else start, stop)


@lru_cache(maxsize=256)
def _patterns(name: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    # Letters as two-element classes rather than IGNORECASE: the engine then looks for the LF in front by memchr.
    letters = b"".join(re.escape(bytes([c])) if c == bytes([c]).upper()[0] else b"[%c%c]" % (c, c - 32) for c in name)
    return re.compile(letters + _BODY), re.compile(b"\n" + letters + _BODY)
