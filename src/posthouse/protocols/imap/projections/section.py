"""The way from a section to octets (RFC 9051 §6.4.5): part numbers, and the header fields of a header.

Offsets are those of the message's tree, so that a server reads from its store only what was asked for.
"""

import functools
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from posthouse.formats.header.fields import select
from posthouse.formats.mime.part import Part
from posthouse.protocols.imap.grammar.section import Section, SectionText

TRACE_FIELDS: Final = frozenset(
    (
        b"arc-authentication-results",
        b"arc-message-signature",
        b"arc-seal",
        b"authentication-results",
        b"delivered-to",
        b"dkim-signature",
        b"domainkey-signature",
        b"received",
        b"received-spf",
        b"return-path",
        b"x-forefront-antispam-report",
        b"x-gm-message-state",
        b"x-google-dkim-signature",
        b"x-google-smtp-source",
        b"x-microsoft-antispam",
        b"x-microsoft-antispam-message-info",
        b"x-received",
        b"x-spam-report",
        b"x-spam-status",
    )
)
"""What servers write into a header on the way (lower case): most of it in today's mail, and not what people look for."""


class Span(NamedTuple):
    """Octets ``start`` to ``end`` (exclusive) of a message."""

    start: int
    end: int


def body_part(message: Part, numbers: tuple[int, ...]) -> Part | None:
    """Find a part by its numbers, at least one; None where there is no such part.

    A message that is no multipart has one part, number 1, which is its body. Numbers go on inside a message that is a part as they
    do in a message of its own.
    """
    container, is_message = message, True
    for number in numbers:
        if not is_message and container.is_message:
            container, is_message = container.children[0], True
        if container.is_multipart:
            if number > len(container.children):
                return None
            container, is_message = container.children[number - 1], False
        elif number == 1 and is_message:
            is_message = False
        else:
            return None
    return container


def section_span(message: Part, section: Section) -> Span | None:
    """Find the octets of a section; for HEADER.FIELDS those of the whole header. None where there is no such part.

    HEADER and TEXT of a part mean the message inside it, and are nothing where there is none.
    """
    part = body_part(message, section.part) if section.part else message
    if part is None:
        return None
    if section.text is SectionText.WHOLE:
        return Span(part.body_start if section.part else part.header_start, part.body_end)
    if section.text is SectionText.MIME:
        return Span(part.header_start, part.body_start)
    if section.part:
        if not part.is_message:
            return None
        part = part.children[0]
    if section.text is SectionText.TEXT:
        return Span(part.body_start, part.body_end)
    return Span(part.header_start, part.body_start)


def header_fields(section: Section) -> Callable[[bytes], bytes]:
    """Make what chooses the fields that HEADER.FIELDS or HEADER.FIELDS.NOT asks for from a header block.

    A blank line always ends them. The work that is the same for every message is done here, once.
    """
    names = field_names(section)
    if section.text is SectionText.HEADER_FIELDS_NOT:
        omitted = frozenset(names)
        return lambda header: select(header, omitted, omit=True) + b"\r\n"
    found = _fields_called(names).findall
    # Each field stands here without the LF that ended it.
    return lambda header: b"\n".join([*fields, b"\r\n"]) if (fields := found(b"\n" + header)) else b"\r\n"


def listed_fields(header: bytes) -> bytes:
    """Leave out of a header block what servers have written into it on the way (``TRACE_FIELDS``), most of it in today's mail."""
    return _fields_called(tuple(sorted(TRACE_FIELDS))).sub(b"", b"\n" + header)[1:]


def is_listed(section: Section) -> bool:
    """Whether ``listed_fields`` of a header answer HEADER.FIELDS as well as all of it would."""
    return section.text is SectionText.HEADER_FIELDS and TRACE_FIELDS.isdisjoint(field_names(section))


def field_names(section: Section) -> tuple[bytes, ...]:
    """Names of fields in lower case, each once."""
    return tuple(sorted({name.lower() for name in section.fields}))


@functools.lru_cache(256)
def _fields_called(names: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Make the pattern of whole fields with these names (lower case), each after the LF before it."""
    choice = b"|".join([b"".join(map(_either_case, name)) for name in names])
    return re.compile(rb"\n((?:%b)[ \t]*+:.*+(?:\n[ \t].*+)*+)" % choice)


def _either_case(octet: int) -> bytes:
    """Match a letter in both cases; a class of two, because IGNORECASE would keep the engine from looking for the LF by memchr."""
    character = bytes([octet])
    return b"[%b%b]" % (character, character.upper()) if character.isalpha() else re.escape(character)
