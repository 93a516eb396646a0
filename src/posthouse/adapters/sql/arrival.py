"""What is computed about a message before its transaction: size, structure, projections, the Message-IDs it knows."""

import hashlib
import re
from typing import NamedTuple

import msgspec

from posthouse.formats.header.fields import header_end
from posthouse.formats.header.searchable import lines
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.ids import EmailId, to_text
from posthouse.model.content import Content, Piece, Range, Spooled, assemble
from posthouse.ports.projection import Projections

_MESSAGE_ID = re.compile(rb"<([^<>\s]{1,998})>")
REFERENCES = 200
"""Message-IDs looked at; the first and the last matter, and nobody honest has more."""


class Arrival(NamedTuple):
    """A message ready to be written."""

    email_id: EmailId
    size_octets: int
    body_octets: int
    body: bytes | None
    blob: str | None
    """Name of the blob that holds the received octets, where they are not kept in the database."""
    pieces: bytes | None
    projections: tuple[bytes, ...]
    message_ids: tuple[int, ...]
    """Hashes: its own first (when it has one), then those it refers to."""


def arrival(email_id: EmailId, content: Content, body: bytes, projections: Projections) -> Arrival:
    """Compute everything the store keeps about a message; ``body`` are the received octets, wherever they lie."""
    shown = assemble(body, content.pieces)
    part = scan(shown)
    spooled = content.body if isinstance(content.body, Spooled) else None
    return Arrival(
        email_id,
        len(shown),
        len(body),
        None if spooled else body,
        to_text(email_id) if spooled else None,
        encode_pieces(content.pieces) if content.pieces else None,
        tuple(project(shown, part) for project in projections.values()),
        message_ids(shown),
    )


def message_ids(octets: bytes) -> tuple[int, ...]:
    """Hashes of Message-ID, In-Reply-To and References (RFC 5322 §3.6.4), by which threads are found."""
    held = lines(octets, 0, header_end(octets))
    found: dict[int, None] = {}
    for name in (b"MESSAGE-ID", b"REFERENCES", b"IN-REPLY-TO"):
        for line in held:
            for identifier in _MESSAGE_ID.findall(line.body)[:REFERENCES] if line.name == name else ():
                found.setdefault(int.from_bytes(hashlib.blake2b(identifier, digest_size=8).digest(), "big", signed=True))
    return tuple(found)


def encode_pieces(pieces: tuple[Piece, ...]) -> bytes:
    """Serialise a piece list."""
    return _ENCODER.encode([piece if isinstance(piece, bytes) else (piece.start, piece.end) for piece in pieces])


def decode_pieces(octets: bytes | None) -> tuple[Piece, ...]:
    """Read back what ``encode_pieces`` wrote; None is no pieces."""
    if octets is None:
        return ()
    return tuple(piece if isinstance(piece, bytes) else Range(*piece) for piece in _DECODER.decode(octets))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[bytes | tuple[int, int]])
