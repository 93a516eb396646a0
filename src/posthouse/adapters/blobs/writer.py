"""Writing a blob as its octets come in; blocking, for threads."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import zstandard

from posthouse.adapters.blobs.layout import CHUNK_HEAD, STORED, STORED_BIT, UNFINISHED, ZSTD, encode_header
from posthouse.foundation.errors import OutOfSpace, Unavailable
from posthouse.foundation.limits import BLOB_CHUNK_OCTETS

T = TypeVar("T")
WORTH_OCTETS = BLOB_CHUNK_OCTETS // 10
"""A chunk is kept compressed when that saves a tenth."""


class BlobWriter:
    """One blob being written. Not durable before ``finish``."""

    def __init__(self, path: Path, *, compress: bool) -> None:
        self.path = path
        self._codec = ZSTD if compress else STORED
        self._compressor = zstandard.ZstdCompressor(level=1) if compress else None
        self._rest = bytearray()
        self._size = 0
        self._file = _guarded(lambda: path.open("xb", buffering=0))
        _guarded(lambda: self._file.write(encode_header(self._codec, UNFINISHED)))

    def write(self, octets: bytes) -> None:
        """Add octets. Raises: OutOfSpace."""
        self._size += len(octets)
        self._rest += octets
        chunks = []
        while len(self._rest) >= BLOB_CHUNK_OCTETS:
            chunks.append(self._chunk(bytes(self._rest[:BLOB_CHUNK_OCTETS])))
            del self._rest[:BLOB_CHUNK_OCTETS]
        if chunks:
            self._append(b"".join(chunks))

    def finish(self) -> int:
        """Write the rest, put the size into the header, sync; returns the size in octets. Raises: OutOfSpace."""
        if self._rest:
            self._append(self._chunk(bytes(self._rest)))
            self._rest.clear()
        handle = self._file.fileno()
        _guarded(lambda: os.pwrite(handle, encode_header(self._codec, self._size), 0))
        _guarded(lambda: os.fsync(handle))
        self._file.close()
        return self._size

    def discard(self) -> None:
        """Throw the blob away; links that others have made stay."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _chunk(self, plain: bytes) -> bytes:
        if self._compressor is not None:
            packed = self._compressor.compress(plain)
            if len(plain) - len(packed) >= WORTH_OCTETS * len(plain) // BLOB_CHUNK_OCTETS:
                return CHUNK_HEAD.pack(len(packed)) + packed
        return CHUNK_HEAD.pack(len(plain) | STORED_BIT) + plain

    def _append(self, octets: bytes) -> None:
        position = 0
        while position < len(octets):
            position += _guarded(lambda: self._file.write(memoryview(octets)[position:]))  # noqa: B023 - called at once


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise OutOfSpace("the disk is full") from error
        raise Unavailable(f"the spool cannot be written: {error}") from error
