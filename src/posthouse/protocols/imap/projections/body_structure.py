"""BODYSTRUCTURE and BODY: the tree of parts as parenthesised lists (RFC 9051 §7.5.2).

Sizes and lines are those of the octets that ``BODY[part]`` answers. Two kinds of part are shown as what they can be used as,
because the grammar leaves no other way: a multipart in which no part was found is plain text, and a message that was not looked
into (it is encoded, or nested too deep) is a file.
"""

from posthouse.formats.mime.part import Parameters, Part
from posthouse.protocols.imap.grammar.strings import nstring_octets, string_octets
from posthouse.protocols.imap.projections.envelope import envelope

_TEXT = (b"text", b"plain")
_FILE = (b"application", b"octet-stream")


def body_structure(octets: bytes, part: Part) -> bytes:
    """Render BODYSTRUCTURE of the message ``part``, which lies in ``octets``."""
    return _body(octets, part, extended=True)


def body(octets: bytes, part: Part) -> bytes:
    """Render BODY: the same without extension data."""
    return _body(octets, part, extended=False)


def _body(octets: bytes, part: Part, *, extended: bool) -> bytes:
    """``body = "(" (body-type-1part / body-type-mpart) ")"``."""
    if not part.is_multipart:
        return _single(octets, part, extended=extended)
    children = b"".join([_body(octets, child, extended=extended) for child in part.children])
    extension = b" %b %b" % (_parameters(part.parameters), _placement(part)) if extended else b""
    return b"(%b %b%b)" % (children, string_octets(part.media_subtype), extension)


def _single(octets: bytes, part: Part, *, extended: bool) -> bytes:
    """``body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]``."""
    media_type, media_subtype = shown_type(part)
    fields = [string_octets(media_type), string_octets(media_subtype), *_body_fields(part)]
    if part.is_message:
        inner = part.children[0]
        fields += (envelope(octets, inner), _body(octets, inner, extended=extended), b"%d" % part.line_count)
    elif media_type == b"text":
        fields.append(b"%d" % part.line_count)
    if extended:
        fields += (nstring_octets(part.md5), _placement(part))
    return b"(%b)" % b" ".join(fields)


def shown_type(part: Part) -> tuple[bytes, bytes]:
    """Media type and subtype as the client is told them; see above."""
    if part.media_type == b"multipart" and not part.children:
        return _TEXT
    if part.media_type == b"message" and part.media_subtype in (b"rfc822", b"global") and not part.children:
        return _FILE
    return part.media_type, part.media_subtype


def _body_fields(part: Part) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """``body-fields``: parameters, id, description, encoding, octets."""
    is_plain = (part.media_type, part.media_subtype) == _TEXT
    return (
        b'("charset" "us-ascii")' if is_plain and not part.parameters else _parameters(part.parameters),
        nstring_octets(part.content_id),
        nstring_octets(part.description),
        string_octets(part.transfer_encoding),
        b"%d" % (part.body_end - part.body_start),
    )


def _placement(part: Part) -> bytes:
    """``body-fld-dsp SP body-fld-lang SP body-fld-loc``."""
    disposition = b"NIL"
    if part.disposition is not None:
        disposition = b"(%b %b)" % (string_octets(part.disposition), _parameters(part.disposition_parameters))
    language = b"(%b)" % b" ".join([string_octets(tag) for tag in part.language]) if part.language else b"NIL"
    return b"%b %b %b" % (disposition, language, nstring_octets(part.location))


def _parameters(parameters: Parameters) -> bytes:
    """``body-fld-param``."""
    if not parameters:
        return b"NIL"
    return b"(%b)" % b" ".join([string_octets(name) + b" " + string_octets(value) for name, value in parameters])
