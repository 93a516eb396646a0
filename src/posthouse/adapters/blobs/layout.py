"""Blob format v1: a header, then independent chunks, each stored or compressed, each optionally encrypted.

    octets 0-3    magic "PHB1"
    octet  4      version (1)
    octet  5      codec of the blob: 0 stored, 1 zstd (a chunk that would not shrink is stored all the same)
    octet  6      flags: 1 encrypted (AES-256-GCM under a per-blob key, wrapped by the account's key)
    octet  7      log2 of the chunk size
    octets 8-15   size of the plain octets (big endian; all ones while the blob is being written)
    octets 16-31  id of the key that wraps the blob's own key; zeros without encryption
    octets 32-91  the blob's wrapped key (12 octets nonce, 32 key, 16 tag); zeros without encryption

Each chunk follows with four octets of head: the top bit says that it is stored, the rest is its length in the file. Every
chunk but the last holds exactly the chunk size of plain octets, so a range is found by walking heads, never by decoding. A blob is
written once and never changed.
"""

import struct
from typing import Final, NamedTuple

from posthouse.foundation.errors import Corrupt
from posthouse.foundation.limits import BLOB_CHUNK_OCTETS

MAGIC: Final = b"PHB1"
VERSION: Final = 1
STORED: Final = 0
ZSTD: Final = 1
ENCRYPTED: Final = 1
STORED_BIT: Final = 0x8000_0000
UNFINISHED: Final = 0xFFFF_FFFF_FFFF_FFFF
HEADER: Final = struct.Struct(">4sBBBBQ16s60s")
CHUNK_HEAD: Final = struct.Struct(">I")
_CHUNK_LOG2: Final = BLOB_CHUNK_OCTETS.bit_length() - 1


class Header(NamedTuple):
    """The parsed header of a blob."""

    codec: int
    flags: int
    chunk_octets: int
    size_octets: int
    key_id: bytes
    wrapped_key: bytes


def encode_header(codec: int, size_octets: int) -> bytes:
    """Write the header of an unencrypted blob; ``UNFINISHED`` as size while it is being written."""
    return HEADER.pack(MAGIC, VERSION, codec, 0, _CHUNK_LOG2, size_octets, bytes(16), bytes(60))


def decode_header(octets: bytes) -> Header:
    """Read a header.

    Raises: Corrupt when it is none, of a later version, unfinished, or encrypted (no reader has keys yet).
    """
    if len(octets) < HEADER.size:
        raise Corrupt("the blob is shorter than its header")
    magic, version, codec, flags, chunk_log2, size_octets, key_id, wrapped_key = HEADER.unpack_from(octets)
    if magic != MAGIC or version != VERSION or codec not in {STORED, ZSTD} or not 10 <= chunk_log2 <= 24:
        raise Corrupt("this is no blob of format v1")
    if size_octets == UNFINISHED:
        raise Corrupt("the blob was never finished")
    if flags & ENCRYPTED:
        raise Corrupt("the blob is encrypted under a key this installation does not have")
    return Header(codec, flags, 1 << chunk_log2, size_octets, key_id, wrapped_key)
