"""Building a message: text, HTML with the pictures it shows, attachments, in any language.

Everything a message needs from outside is in its ``Composition``: no clock is read and no randomness drawn, so equal
compositions give equal octets. The result has CRLF line ends, no line over 998 octets, and 8-bit octets only where an address
or an attached message needs them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from posthouse.formats.address.address_list import NamedAddress, format_address_list
from posthouse.formats.address.domain import InvalidDomain, a_label
from posthouse.formats.header.date import format_date
from posthouse.formats.header.identifiers import format_identifiers
from posthouse.formats.header.writing import structured, unstructured
from posthouse.formats.mime.entity import (
    binary_entity,
    check_boundary,
    content_field,
    entity,
    has_long_line,
    multipart,
    parametrised,
    text_entity,
    with_crlf,
)


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a message, or a picture its HTML shows as ``cid:content_id``."""

    content: bytes
    media_type: str = "application/octet-stream"
    filename: str | None = None
    content_id: str | None = None
    """Without angle brackets."""


@dataclass(frozen=True, kw_only=True)
class Composition:
    """All that goes into a message. Identifiers are with angle brackets; line ends in texts may be of any kind."""

    author: Sequence[NamedAddress]
    date: datetime
    message_id: bytes
    boundary: str
    """1 to 60 letters and digits that nobody could guess; the multiparts derive theirs from it."""
    sender: NamedAddress | None = None
    reply_to: Sequence[NamedAddress] = ()
    to: Sequence[NamedAddress] = ()
    cc: Sequence[NamedAddress] = ()
    bcc: Sequence[NamedAddress] = ()
    subject: str = ""
    in_reply_to: Sequence[bytes] = ()
    references: Sequence[bytes] = ()
    extra_fields: Sequence[tuple[str, str]] = ()
    """Further fields of free text, e.g. ``("List-Id", "…")``."""
    text: str | None = None
    html: str | None = None
    inline: Sequence[Attachment] = ()
    """Pictures the HTML refers to."""
    attachments: Sequence[Attachment] = ()


def build(composition: Composition) -> bytes:
    """Return the whole message.

    Alternatives are ordered plain text first (RFC 2046 §5.1.4); pictures are related to the HTML alone (RFC 2387).
    Raises: ValueError for a date without zone, a name that is no field name, an unfit boundary.
    """
    unencoded = [with_crlf(item.content) for item in composition.attachments if _is_message(item)]
    boundary = check_boundary(composition.boundary, unencoded)
    return header(composition) + b"MIME-Version: 1.0\r\n" + _body(composition, boundary)


def header(composition: Composition) -> bytes:
    """Return the fields of the message, without MIME-Version and Content-*, without a blank line."""
    fields = [structured("Date", format_date(composition.date).encode("ascii"))]
    fields += address_field("From", composition.author)
    fields += address_field("Sender", [composition.sender] if composition.sender else [])
    fields += address_field("Reply-To", composition.reply_to)
    fields += address_field("To", composition.to)
    fields += address_field("Cc", composition.cc)
    fields += address_field("Bcc", composition.bcc)
    fields.append(unstructured("Subject", composition.subject))
    fields.append(structured("Message-ID", composition.message_id))
    for name, values in (("In-Reply-To", composition.in_reply_to), ("References", composition.references)):
        if values:
            fields.append(structured(name, format_identifiers(values, used=len(name) + 2)))
    fields += [unstructured(name, text) for name, text in composition.extra_fields]
    return b"".join(fields)


def address_field(name: str, addresses: Sequence[NamedAddress]) -> list[bytes]:
    """Return the field in a list, or an empty list when there are no addresses.

    Where the local part is ASCII the domain is written in A-labels, so that the message can go where SMTPUTF8 cannot.
    """
    if not addresses:
        return []
    return [structured(name, format_address_list(map(_downgraded, addresses), used=len(name) + 2))]


def _downgraded(entry: NamedAddress) -> NamedAddress:
    address = entry.address
    if address.domain.isascii() or not address.local_part.isascii():
        return entry
    try:
        return entry._replace(address=address._replace(domain=a_label(address.domain)))
    except InvalidDomain:
        return entry


def _body(composition: Composition, boundary: str) -> bytes:
    shown = _shown(composition, boundary)
    if not composition.attachments:
        return shown
    return multipart("mixed", [shown, *map(_attached, composition.attachments)], boundary + "-0")


def _shown(composition: Composition, boundary: str) -> bytes:
    plain = None if composition.text is None else text_entity("plain", composition.text)
    if composition.html is None:
        shown = plain or text_entity("plain", "")
        return _related(shown, composition.inline, boundary, "text/plain")
    marked_up = _related(text_entity("html", composition.html), composition.inline, boundary, "text/html")
    return marked_up if plain is None else multipart("alternative", [plain, marked_up], boundary + "-1")


def _related(root: bytes, inline: Sequence[Attachment], boundary: str, media_type: str) -> bytes:
    if not inline:
        return root
    return multipart("related", [root, *map(_pictured, inline)], boundary + "-2", type=media_type)


def _pictured(item: Attachment) -> bytes:
    return binary_entity(item.content, _describing(item, item.media_type, "inline"))


def _attached(item: Attachment) -> bytes:
    if not _is_message(item):
        return binary_entity(item.content, _describing(item, item.media_type, "attachment"))
    # RFC 2046 §5.2.1: a message inside a message is never base64; as a plain file it may be.
    content = with_crlf(item.content)
    if has_long_line(content):
        return binary_entity(item.content, _describing(item, "application/octet-stream", "attachment"))
    mechanism = b"Content-Transfer-Encoding: " + (b"7bit" if content.isascii() else b"8bit") + b"\r\n"
    return entity([*_describing(item, item.media_type, "attachment"), mechanism], content)


def _describing(item: Attachment, media_type: str, disposition: str) -> list[bytes]:
    named = {"name": item.filename} if item.filename and item.filename.isascii() else {}
    fields = [content_field(media_type, **named)]
    fields.append(parametrised("Content-Disposition", disposition, [("filename", item.filename)] if item.filename else []))
    if item.content_id:
        fields.append(structured("Content-ID", b"<" + item.content_id.encode("utf-8") + b">"))
    return fields


def _is_message(item: Attachment) -> bool:
    return item.media_type.lower() in ("message/rfc822", "message/global")
