"""What SEARCH looks at: decoded text in the form of ``formats.collation``, made once at delivery: a search compares octets only."""

from collections.abc import Mapping
from typing import Final

from posthouse.formats.collation import casemap
from posthouse.formats.header.searchable import Line, first_bodies, lines, rendered, texts
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.text import search_text
from posthouse.foundation.limits import HEADER_OCTETS
from posthouse.protocols.imap.projections.section import TRACE_FIELDS

HEADER_TEXT_OCTETS: Final = 65_536
"""How much of a header can be searched, and how much of one field that has a text of its own."""
OWN_TEXT: Final = frozenset((b"SUBJECT", b"FROM", b"TO", b"CC"))
"""Fields that are searched most: each has a text of its own, in a narrow row."""
TRACE: Final = frozenset(name.upper() for name in TRACE_FIELDS)
"""Fields in ``trace_text``."""
_ELSEWHERE: Final = TRACE.union(OWN_TEXT)


def subject_text(octets: bytes, part: Part) -> bytes:
    """Render Subject for searching."""
    return _text_of(octets, part, b"SUBJECT")


def from_text(octets: bytes, part: Part) -> bytes:
    """Render From for searching."""
    return _text_of(octets, part, b"FROM")


def to_text(octets: bytes, part: Part) -> bytes:
    """Render To for searching."""
    return _text_of(octets, part, b"TO")


def cc_text(octets: bytes, part: Part) -> bytes:
    """Render Cc for searching."""
    return _text_of(octets, part, b"CC")


def header_text(octets: bytes, part: Part) -> bytes:
    """Render the other fields of the header, but what servers wrote into it."""
    return rendered(_bounded([line for line in header_lines(octets, part) if line.name not in _ELSEWHERE]))


def trace_text(octets: bytes, part: Part) -> bytes:
    """Render the rest of the header in the same way: long, and hardly ever asked for."""
    return rendered(_bounded([line for line in header_lines(octets, part) if line.name in TRACE]))


def body_text(octets: bytes, part: Part) -> bytes:
    """Render the text of all text parts, and of the headers of messages inside, for searching."""
    return casemap(search_text(octets, part))


def _text_of(octets: bytes, part: Part, name: bytes) -> bytes:
    return texts(_bounded([line for line in header_lines(octets, part) if line.name == name]))


def header_lines(octets: bytes, part: Part) -> tuple[Line, ...]:
    """Read the fields of a message, as much of them as is looked at."""
    return lines(octets, part.header_start, _looked_to(part))


def first_fields(octets: bytes, part: Part) -> Mapping[bytes, bytes]:
    """Read the body of the first field of each name (in capitals), of as much as is looked at."""
    return first_bodies(octets, part.header_start, _looked_to(part))


def _looked_to(part: Part) -> int:
    return min(part.body_start, part.header_start + HEADER_OCTETS)


def _bounded(chosen: list[Line]) -> list[Line]:
    size = 0
    for number, line in enumerate(chosen):
        size += len(line.name) + len(line.text)
        if size > HEADER_TEXT_OCTETS:
            return chosen[:number] or [line._replace(text=line.text[:HEADER_TEXT_OCTETS])]
    return chosen
