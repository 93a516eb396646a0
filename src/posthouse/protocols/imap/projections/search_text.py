"""What SEARCH looks at: decoded and case-folded text, made once at delivery, so that a search compares octets and nothing else.

Texts are UTF-8. A text searched for goes through ``folded`` too; then it is found where ``in`` finds it.
"""

from typing import Final

from posthouse.formats.header.date import parse_date
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import fields, first, unfold
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.text import search_text
from posthouse.foundation.limits import HEADER_OCTETS
from posthouse.protocols.imap.projections.section import TRACE_FIELDS

HEADER_TEXT_OCTETS: Final = 65_536
"""How much of a header can be searched."""


def folded(text: str) -> bytes:
    """Bring a text into the form in which texts are compared; lone surrogates become question marks."""
    return text.casefold().encode("utf-8", "replace")


def header_text(octets: bytes, part: Part) -> bytes:
    """Render the header for searching, but what servers wrote into it: LF, then a line ``name: text`` for each field, in order."""
    return _header_text(octets, part, of_trace=False)


def trace_text(octets: bytes, part: Part) -> bytes:
    """Render the rest of the header in the same way: long, and hardly ever asked for."""
    return _header_text(octets, part, of_trace=True)


def _header_text(octets: bytes, part: Part, *, of_trace: bool) -> bytes:
    end = min(part.body_start, part.header_start + HEADER_OCTETS)
    lines = [b""]
    size = 0
    for field in fields(octets, part.header_start, end):
        name = field.name.lower()
        if (name in TRACE_FIELDS) is not of_trace:
            continue
        body = unfold(octets[field.body_start : field.body_end]).strip()
        text = folded(decode(body)).replace(b"\n", b" ")
        size += len(name) + len(text)
        if size > HEADER_TEXT_OCTETS:
            break
        lines.append(name + b": " + text)
    lines.append(b"")
    return b"\n".join(lines)


def body_text(octets: bytes, part: Part) -> bytes:
    """Render the text of all text parts, and of the headers of messages inside, for searching."""
    return folded(search_text(octets, part))


def sent(octets: bytes, part: Part) -> bytes:
    """Render the Date field: its day as written, ``2026-11-22``, a blank, seconds since 1970; nothing without a readable date."""
    body = first(octets, b"date", part.header_start, part.body_start)
    moment = None if body is None else parse_date(body)
    return b"" if moment is None else f"{moment:%Y-%m-%d} {int(moment.timestamp())}".encode()


def header_has(header: bytes, field: bytes, text: bytes) -> bool:
    """Whether a header rendered by ``header_text`` has a field called ``field`` (lower case) with ``text`` (folded) in it."""
    name = b"\n" + field + b":"
    start = header.find(name)
    while start >= 0:
        start += len(name)
        end = header.find(b"\n", start)
        if header.find(text, start, end) >= 0:
            return True
        start = header.find(name, end)
    return False
