"""A message in 7 bits: parts with 8-bit or binary octets get base64 or quoted-printable, everything else stays (RFC 6152 §3).

Only what the next server cannot take is changed: texts that are mostly ASCII get quoted-printable, all else base64; containers and
messages inside become 7bit; header fields of Content-Transfer-Encoding are replaced or added. A DKIM signature does not survive it
(signers who care send 7 bits themselves, RFC 6376 §5.3): the alternative is a message that is returned. A message with a signed
multipart is not touched, for its signature is all there is to it; neither are headers in UTF-8.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from posthouse.formats.header.fields import fields, first
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.transfer import encode_base64, encode_quoted_printable

_SIGNED: Final = frozenset({b"signed", b"encrypted"})
_PLAIN: Final = frozenset({b"7bit", b"8bit", b"binary"})
_ASCII: Final = bytes(range(128))
_LONGEST_LINE: Final = 998
_MOSTLY: Final = 6
"""One octet in so many may be outside ASCII for quoted-printable."""


class NotConvertible(ValueError):
    """The message cannot be said in 7 bits without changing what it says; the text says why."""


class _Edit(NamedTuple):
    """Put octets in place of a range."""

    start: int
    end: int
    octets: bytes


def to_seven_bit(octets: bytes) -> bytes:
    """Convert a message with CRLF line ends; one that needs nothing comes back as it is. Raises: NotConvertible."""
    root = scan(octets)
    edits = sorted(_edits(octets, root))
    pieces, position = [], 0
    for edit in edits:
        pieces += [octets[position : edit.start], edit.octets]
        position = edit.end
    converted = b"".join([*pieces, octets[position:]])
    if not converted.isascii():
        raise NotConvertible("there are 8-bit octets outside the parts of the message")
    return converted


def needs_utf8_headers(octets: bytes) -> bool:
    """Whether any header, of the message, a part or a message inside, holds octets outside ASCII (RFC 6532)."""
    return any(not octets[part.header_start : part.body_start].isascii() for part, _, _ in _all(scan(octets)))


def _all(root: Part) -> Iterator[tuple[Part, bool, bool]]:
    """Every entity; whether it is a message, and whether it lies within a multipart."""
    stack = [(root, True, False)]
    while stack:
        part, is_message, within = stack.pop()
        yield part, is_message, within
        inside_message = part.is_message
        stack.extend((child, inside_message, within or part.is_multipart) for child in part.children)


def _edits(octets: bytes, root: Part) -> Iterator[_Edit]:
    for part, is_message, within in _all(root):
        header, body = octets[part.header_start : part.body_start], octets[part.body_start : part.body_end]
        if not header.isascii():
            raise NotConvertible("a header is in UTF-8")
        if part.media_type == b"multipart" and part.media_subtype in _SIGNED and not body.isascii():
            raise NotConvertible("it is signed or encrypted as it is")
        if part.children or _is_plain(body, part):
            if part.transfer_encoding in {b"8bit", b"binary"}:
                yield _encoding_field(octets, part, b"7bit", is_message=False)
        else:
            yield from _leaf(octets, part, is_message=is_message, within=within)


def _is_plain(body: bytes, part: Part) -> bool:
    if not body.isascii() or b"\0" in body:
        return False
    if part.transfer_encoding != b"binary":
        return True
    lines = body.split(b"\r\n")
    return all(len(line) <= _LONGEST_LINE and b"\r" not in line and b"\n" not in line for line in lines)


def _leaf(octets: bytes, part: Part, *, is_message: bool, within: bool) -> Iterator[_Edit]:
    if part.transfer_encoding not in _PLAIN:
        raise NotConvertible("a part is encoded already, and wrongly")
    if part.media_type in {b"multipart", b"message"}:
        raise NotConvertible("a part that may not be encoded holds 8-bit octets")
    body = octets[part.body_start : part.body_end]
    few = len(body.translate(None, _ASCII)) * _MOSTLY <= len(body)
    if part.media_type == b"text" and few and b"\0" not in body:
        mechanism, encoded = b"quoted-printable", encode_quoted_printable(body)
    else:
        mechanism, encoded = b"base64", encode_base64(body)
        if within:
            encoded = encoded.removesuffix(b"\r\n")  # the line end before a delimiter is the delimiter's
    yield _encoding_field(octets, part, mechanism, is_message=is_message)
    yield _Edit(part.body_start, part.body_end, encoded)


def _encoding_field(octets: bytes, part: Part, mechanism: bytes, *, is_message: bool) -> _Edit:
    """Replace the field, or put it behind the others; a message that is no MIME yet becomes one."""
    field = b"Content-Transfer-Encoding: " + mechanism + b"\r\n"
    start, end = part.header_start, part.body_start
    for found in fields(octets, start, end):
        if found.name.lower() == b"content-transfer-encoding":
            return _Edit(found.start, found.end, field)
    if is_message and first(octets, b"mime-version", start, end) is None:
        field = b"MIME-Version: 1.0\r\n" + field
        if first(octets, b"content-type", start, end) is None:
            field = b"Content-Type: text/plain; charset=" + _charset(octets[part.body_start : part.body_end]) + b"\r\n" + field
    if start == end:
        return _Edit(start, start, field + b"\r\n")
    blank = end - (2 if octets.endswith(b"\r\n", start, end) else 1)
    return _Edit(blank, blank, field)


def _charset(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        return b"unknown-8bit"
    return b"utf-8"
