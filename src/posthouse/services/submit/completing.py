"""What a submission server may add to and take from a message (RFC 6409 §8): as pieces, the octets stay as they came."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from posthouse.formats.address.address_list import address_list
from posthouse.formats.address.value import Address
from posthouse.formats.header.date import format_date
from posthouse.formats.header.fields import Field, every, fields, first, header_end
from posthouse.model.content import Body, Content, Piece, Range

HIDDEN: Final = frozenset({b"bcc", b"resent-bcc"})
"""Fields whose readers are nobody (RFC 5322 §3.6.3)."""


class Facts(msgspec.Struct, frozen=True):
    """What is added where a message lacks it."""

    message_id: str
    """Without angle brackets."""
    sent_at: float
    author: str
    """``local@domain`` of whoever submits it."""


def authors(head: bytes) -> list[Address]:
    """Every address of the From fields."""
    return [entry.address for body in every(head, b"from") for entry in address_list(body)]


def completed(body: Body, head: bytes, facts: Facts) -> Content:
    """The message with Date, Message-ID and From, and without Bcc.

    ``head`` are its first octets; what lies behind them is not looked at.
    """
    size = len(body) if isinstance(body, bytes) else body.size_octets
    missing = _missing(head, facts)
    hidden = [field for field in fields(head) if field.name.lower() in HIDDEN]
    if not missing and not hidden:
        return Content(body)
    return Content(body, (*missing, *_without(hidden, size)))


def _missing(head: bytes, facts: Facts) -> list[Piece]:
    lines = []
    if first(head, b"date") is None:
        lines.append(f"Date: {format_date(datetime.fromtimestamp(facts.sent_at, UTC))}\r\n")
    if first(head, b"from") is None:
        lines.append(f"From: <{facts.author}>\r\n")
    if first(head, b"message-id") is None:
        lines.append(f"Message-ID: <{facts.message_id}>\r\n")
    if lines and head and header_end(head) == 0:
        lines.append("\r\n")  # a text without any header
    return ["".join(lines).encode()] if lines else []


def _without(hidden: list[Field], size: int) -> list[Piece]:
    kept: list[Piece] = []
    at = 0
    for field in hidden:
        if field.start > at:
            kept.append(Range(at, field.start))
        at = field.end
    if at < size:
        kept.append(Range(at, size))
    return kept
