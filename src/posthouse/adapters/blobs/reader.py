"""Reading ranges of a blob; blocking, for threads."""

import io
import os
from pathlib import Path

import zstandard

from posthouse.adapters.blobs.layout import CHUNK_HEAD, HEADER, STORED_BIT, Header, decode_header
from posthouse.foundation.errors import Corrupt, NotFound


def read_blob(path: Path, start: int, length: int | None) -> bytes:
    """Read plain octets ``start`` to ``start + length`` (to the end where no length is given).

    Raises: NotFound where there is no such blob; Corrupt.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(f"the blob {path.name} is missing") from error
    with file:
        header = decode_header(file.read(HEADER.size))
        end = header.size_octets if length is None else min(header.size_octets, start + length)
        return _read_range(file, header, max(start, 0), end)


def _read_range(file: io.BufferedReader, header: Header, start: int, end: int) -> bytes:
    if start >= end:
        return b""
    found = []
    position = 0
    while position < end:
        chunk_end = min(position + header.chunk_octets, header.size_octets)
        head = file.read(CHUNK_HEAD.size)
        if len(head) != CHUNK_HEAD.size:
            raise Corrupt("the blob ends too early")
        (packed,) = CHUNK_HEAD.unpack(head)
        length, stored = packed & ~STORED_BIT, bool(packed & STORED_BIT)
        if length > header.chunk_octets:
            raise Corrupt("a chunk of the blob is longer than a chunk may be")
        if chunk_end <= start:
            file.seek(length, os.SEEK_CUR)
        else:
            octets = file.read(length)
            plain = octets if stored else _decompressed(octets, chunk_end - position)
            if len(plain) != chunk_end - position:
                raise Corrupt("a chunk of the blob has the wrong size")
            found.append(plain[max(start - position, 0) : end - position])
        position = chunk_end
    return b"".join(found)


def _decompressed(octets: bytes, expected: int) -> bytes:
    try:
        # Looked at first: as much memory is taken as the frame says it has octets.
        if zstandard.frame_content_size(octets) != expected:
            raise Corrupt("a chunk of the blob says that it has another size")
        return zstandard.decompress(octets)
    except zstandard.ZstdError as error:
        raise Corrupt(f"a chunk of the blob does not decompress: {error}") from error
