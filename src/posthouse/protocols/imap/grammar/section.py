"""Sections: which part of a message FETCH means, e.g. ``BODY[1.2.HEADER.FIELDS (From To)]<0.512>`` (RFC 9051 §6.4.5)."""

import enum
import re
from typing import Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.strings import astring_octets

PART_DEPTH: Final = 200
"""Numbers in one part specifier; messages nest to half of that."""

_PART = re.compile(rb"[1-9]\d{0,9}(?:\.[1-9]\d{0,9})*(?=[\].])")
_PARTIAL = re.compile(rb"<(\d{1,19})\.(\d{1,19})>")


class SectionText(enum.Enum):
    """What of the part is meant (``section-text``); WHOLE is the empty one."""

    WHOLE = b""
    HEADER = b"HEADER"
    HEADER_FIELDS = b"HEADER.FIELDS"
    HEADER_FIELDS_NOT = b"HEADER.FIELDS.NOT"
    TEXT = b"TEXT"
    MIME = b"MIME"


class Section(msgspec.Struct, frozen=True):
    """``section``: part numbers (none: the message itself), what of the part, and header field names as written."""

    part: tuple[int, ...] = ()
    text: SectionText = SectionText.WHOLE
    fields: tuple[bytes, ...] = ()


class Partial(msgspec.Struct, frozen=True):
    """``<offset.length>``, both in octets."""

    offset: int
    length: int


_TEXTS = {text.value: text for text in SectionText if text.value}
_WITH_FIELDS = (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT)


def section(cursor: Cursor) -> Section:
    """``section = "[" [section-spec] "]"``. Raises: SyntaxViolation; ``MIME`` needs a part number."""
    cursor.expect(b"[", "a section is missing")
    if cursor.take(b"]"):
        return Section()
    part = section_part(cursor)
    if part and cursor.take(b"]"):
        return Section(part)
    if part:
        cursor.expect(b".", "bad section")
    value = _section_text(cursor, part)
    cursor.expect(b"]", "a section is not closed")
    return value


def section_binary(cursor: Cursor) -> tuple[int, ...]:
    """``section-binary = "[" [section-part] "]"`` (RFC 3516 §4)."""
    cursor.expect(b"[", "a section is missing")
    part = section_part(cursor)
    cursor.expect(b"]", "bad section")
    return part


def section_part(cursor: Cursor) -> tuple[int, ...]:
    """``section-part = nz-number *("." nz-number)``, or nothing."""
    match = _PART.match(cursor.octets, cursor.position)
    if match is None:
        return ()
    numbers = match[0].split(b".")
    if len(numbers) > PART_DEPTH:
        raise cursor.violation("the section is too deep")
    cursor.position = match.end()
    return tuple([int(number) for number in numbers])


def _section_text(cursor: Cursor, part: tuple[int, ...]) -> Section:
    """``section-text = section-msgtext / "MIME"``."""
    text = _TEXTS.get(cursor.word("a section name"))
    if text is None or (text is SectionText.MIME and not part):
        raise cursor.violation("unknown section")
    if text not in _WITH_FIELDS:
        return Section(part, text)
    cursor.space()
    return Section(part, text, tuple(cursor.parenthesised(Cursor.astring)))


def partial(cursor: Cursor) -> Partial | None:
    """``partial = "<" number64 "." nz-number64 ">"``, if it comes next. A length of nought is allowed and gives nothing."""
    if not cursor.peek(b"<"):
        return None
    match = _PARTIAL.match(cursor.octets, cursor.position)
    if match is None or max(int(match[1]), int(match[2])) > NUMBER64_MAXIMUM:
        raise cursor.violation("bad partial range")
    cursor.position = match.end()
    return Partial(int(match[1]), int(match[2]))


def serialise_section(value: Section) -> bytes:
    """Write ``section``, in the spelling that also stands in the answer."""
    texts = [b".".join([b"%d" % number for number in value.part])] if value.part else []
    if value.text is not SectionText.WHOLE:
        texts.append(value.text.value)
    spec = b".".join(texts)
    if value.fields:
        spec += b" (%b)" % b" ".join([astring_octets(name) for name in value.fields])
    return b"[%b]" % spec


def serialise_partial(value: Partial | None) -> bytes:
    """Write ``partial``, or nothing."""
    return b"" if value is None else b"<%d.%d>" % (value.offset, value.length)
