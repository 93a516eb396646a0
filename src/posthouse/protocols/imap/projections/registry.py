"""The projections IMAP wants kept beside every message, by name; the composition root registers them with the account store."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from posthouse.formats.mime.part import Part, encode
from posthouse.formats.mime.text import preview as first_words
from posthouse.protocols.imap.projections.body_structure import body_structure
from posthouse.protocols.imap.projections.envelope import envelope
from posthouse.protocols.imap.projections.search_text import (
    body_text,
    cc_text,
    from_text,
    header_text,
    subject_text,
    to_text,
    trace_text,
)
from posthouse.protocols.imap.projections.section import listed_fields
from posthouse.protocols.imap.projections.summary import references, sent, sort_keys

ENVELOPE: Final = "list.envelope"
BODY_STRUCTURE: Final = "list.body_structure"
STRUCTURE: Final = "structure.parts"
"""The tree of parts (``formats.mime.part.decode`` reads it)."""
HEADER: Final = "structure.header"
"""The header block as shown, blank line included."""
LISTED_HEADER: Final = "list.header"
"""The header without what servers wrote into it: what lists of messages ask for (``section.listed_fields``)."""
SUBJECT_TEXT: Final = "summary.subject_text"
"""What SEARCH looks at in a field that is searched often; three more like it follow (``search_text.subject_text``)."""
FROM_TEXT: Final = "summary.from_text"
TO_TEXT: Final = "summary.to_text"
CC_TEXT: Final = "summary.cc_text"
HEADER_TEXT: Final = "header_search.text"
"""What it looks at in the other fields (``search_text.header_text``)."""
TRACE_TEXT: Final = "header_search.trace"
"""What it looks at in the rest of the header (``search_text.trace_text``)."""
BODY_TEXT: Final = "body_search.text"
"""What SEARCH looks at in the body (``search_text.body_text``)."""
PREVIEW: Final = "list.preview"
"""The first words a reader would see, in UTF-8 (RFC 8970)."""
SENT: Final = "summary.sent"
"""Day and moment of the Date field (``summary.sent``)."""
SORT_KEYS: Final = "summary.sort_keys"
"""What messages are sorted by (``summary.sort_keys``)."""
REFERENCES: Final = "summary.message_ids"
"""What threads are made of (``summary.references``)."""


def structure(octets: bytes, part: Part) -> bytes:  # noqa: ARG001 -- a projection gets both
    """Keep the tree, so that a section is found without reading the message."""
    return encode(part)


def header(octets: bytes, part: Part) -> bytes:
    """Keep the header by itself: some programs ask for nothing else."""
    return octets[part.header_start : part.body_start]


def listed_header(octets: bytes, part: Part) -> bytes:
    """Keep the fields that lists of messages ask for."""
    return listed_fields(octets[part.header_start : part.body_start])


def preview(octets: bytes, part: Part) -> bytes:
    """Keep the first words; lone surrogates become question marks."""
    return first_words(octets, part).encode("utf-8", "replace")


OWN_TEXT: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"SUBJECT": SUBJECT_TEXT, b"FROM": FROM_TEXT, b"TO": TO_TEXT, b"CC": CC_TEXT}
)
"""Fields with a text of their own, in capitals."""

PROJECTIONS: Final[Mapping[str, Callable[[bytes, Part], bytes]]] = MappingProxyType(
    {
        ENVELOPE: envelope,
        BODY_STRUCTURE: body_structure,
        STRUCTURE: structure,
        HEADER: header,
        LISTED_HEADER: listed_header,
        SENT: sent,
        PREVIEW: preview,
        SORT_KEYS: sort_keys,
        REFERENCES: references,
        SUBJECT_TEXT: subject_text,
        FROM_TEXT: from_text,
        TO_TEXT: to_text,
        CC_TEXT: cc_text,
        HEADER_TEXT: header_text,
        TRACE_TEXT: trace_text,
        BODY_TEXT: body_text,
    }
)
