"""Reading the notifications of other servers: which message, which recipients, what became of them."""

from collections.abc import Iterator
from typing import NamedTuple

from posthouse.formats.dsn.status import parse_status
from posthouse.formats.dsn.value import DeliveryStatus
from posthouse.formats.header.fields import first
from posthouse.formats.header.identifiers import identifier
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.transfer import decode

_STATUS_TYPES = (b"delivery-status", b"global-delivery-status")
_HEADER_TYPES = (b"rfc822-headers", b"global-headers")


class ParsedNotification(NamedTuple):
    """What a notification tells; ``original_message_id`` (with brackets) is of the message reported on, where it is returned."""

    status: DeliveryStatus
    original_message_id: bytes | None


def parse_notification(octets: bytes, part: Part) -> ParsedNotification | None:
    """Read a notification from a message and its structure; None when it has no readable delivery status.

    The multipart/report around it is not insisted on: gateways turn it into multipart/mixed.
    """
    status: DeliveryStatus | None = None
    message_id: bytes | None = None
    for leaf in _outside_messages(part):
        if status is None and leaf.media_type == b"message" and leaf.media_subtype in _STATUS_TYPES:
            status = parse_status(decode(octets[leaf.body_start : leaf.body_end], leaf.transfer_encoding))
        elif leaf is not part and message_id is None:
            message_id = _returned_message_id(octets, leaf)
    return ParsedNotification(status, message_id) if status else None


def _outside_messages(part: Part) -> Iterator[Part]:
    stack = [part]
    while stack:
        current = stack.pop()
        if current.is_multipart:
            stack.extend(reversed(current.children))
        else:
            yield current


def _returned_message_id(octets: bytes, part: Part) -> bytes | None:
    is_message = part.media_type == b"message" and part.media_subtype in (b"rfc822", b"global")
    if not is_message and part.media_subtype not in _HEADER_TYPES:
        return None
    body = decode(octets[part.body_start : part.body_end], part.transfer_encoding)
    found = first(body, b"message-id")
    return identifier(found) if found else None
