"""How entries hang together: each digest covers the one before it."""

import hashlib
from typing import Final

import msgspec

from posthouse.ports.audit import Entry

BEGINNING: Final = b"posthouse audit log"
"""What the first digest covers instead of one before it."""
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def written(entry: Entry) -> bytes:
    """The one form of an entry that is kept and covered: JSON with its keys in order, without blanks."""
    return _ENCODER.encode(entry)


def following(digest: bytes, number: int, octets: bytes) -> bytes:
    """The digest of an entry (SHA-256, 32 octets), after the one with this digest."""
    return hashlib.sha256(b"\0".join((digest, str(number).encode(), octets))).digest()
