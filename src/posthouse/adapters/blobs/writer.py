"""Writing a blob as its octets come in; blocking, for threads."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import zstandard

from posthouse.adapters.blobs.layout import CHUNK_HEAD, HEADER, STORED, STORED_BIT, UNFINISHED, ZSTD, encode_header
from posthouse.foundation.errors import OutOfSpace, Unavailable
from posthouse.foundation.limits import BLOB_CHUNK_OCTETS

T = TypeVar("T")
WORTH_OCTETS = BLOB_CHUNK_OCTETS // 10
"""A chunk is kept compressed when that saves a tenth."""


class BlobWriter:
    """One blob being written. Not durable before ``finish``.

    Stored chunks go to the file as they come, their head is written once they are full: a blob that is being received holds
    nothing in memory. Only compressing needs a chunk at hand.
    """

    def __init__(self, path: Path, *, compress: bool) -> None:
        self.path = path
        self._codec = ZSTD if compress else STORED
        self._compressor = zstandard.ZstdCompressor(level=1) if compress else None
        self._rest = bytearray()
        self._open_octets = 0
        """Octets of the stored chunk that is not full yet."""
        self._size = 0
        self._position = HEADER.size
        self._file = _guarded(lambda: path.open("xb", buffering=0))
        self._write_at(0, encode_header(self._codec, UNFINISHED))

    def write(self, octets: bytes) -> None:
        """Add octets. Raises: OutOfSpace."""
        self._size += len(octets)
        if self._compressor is None:
            self._store(octets)
            return
        self._rest += octets
        while len(self._rest) >= BLOB_CHUNK_OCTETS:
            self._append(self._compressed(bytes(self._rest[:BLOB_CHUNK_OCTETS])))
            del self._rest[:BLOB_CHUNK_OCTETS]

    def finish(self) -> int:
        """Write the rest, put the size into the header, sync; returns the size in octets. Raises: OutOfSpace."""
        if self._rest:
            self._append(self._compressed(bytes(self._rest)))
            self._rest.clear()
        if self._open_octets:
            self._close_chunk()
        self._write_at(0, encode_header(self._codec, self._size))
        handle = self._file.fileno()
        _guarded(lambda: os.fsync(handle))
        self._file.close()
        return self._size

    def discard(self) -> None:
        """Throw the blob away; links that others have made stay."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _store(self, octets: bytes) -> None:
        view = memoryview(octets)
        while view:
            if not self._open_octets:
                self._append(CHUNK_HEAD.pack(0))
            portion = view[: BLOB_CHUNK_OCTETS - self._open_octets]
            self._append(portion)
            self._open_octets += len(portion)
            view = view[len(portion) :]
            if self._open_octets == BLOB_CHUNK_OCTETS:
                self._close_chunk()

    def _close_chunk(self) -> None:
        head = self._position - self._open_octets - CHUNK_HEAD.size
        self._write_at(head, CHUNK_HEAD.pack(self._open_octets | STORED_BIT))
        self._open_octets = 0

    def _compressed(self, plain: bytes) -> bytes:
        assert self._compressor is not None
        packed = self._compressor.compress(plain)
        if len(plain) - len(packed) >= WORTH_OCTETS * len(plain) // BLOB_CHUNK_OCTETS:
            return CHUNK_HEAD.pack(len(packed)) + packed
        return CHUNK_HEAD.pack(len(plain) | STORED_BIT) + plain

    def _append(self, octets: bytes | memoryview) -> None:
        self._write_at(self._position, octets)
        self._position += len(octets)

    def _write_at(self, position: int, octets: bytes | memoryview) -> None:
        handle = self._file.fileno()
        done = 0
        while done < len(octets):
            done += _guarded(lambda: os.pwrite(handle, memoryview(octets)[done:], position + done))  # noqa: B023 - called at once


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise OutOfSpace("the disk is full") from error
        raise Unavailable(f"the spool cannot be written: {error}") from error
