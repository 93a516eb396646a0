"""DEFLATE on a connection, both ways (RFC 1951 as RFC 4978 uses it): small states, and never more octets at once than asked for."""

import zlib
from typing import Final

from posthouse.transport.errors import Disconnected

STATE_OCTETS: Final = 114_688
"""What the two states of one connection take: 64 KiB to compress (8 KiB of window), 48 KiB to expand (32 KiB of it)."""
_WINDOW_BITS: Final = -13
_MEMORY_LEVEL: Final = 6
_LEVEL: Final = 3
"""Three quarters of what the best level saves, at a quarter of its time."""
PORTION_OCTETS: Final = 65_536


class Deflate:
    """Both states of one connection."""

    __slots__ = ("_compressor", "_expander", "_waiting")

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
        self._expander = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = b""

    def compress(self, octets: bytes) -> bytes:
        """Compress octets so that the other side can expand all of them at once."""
        return self._compressor.compress(octets) + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def receive(self, octets: bytes) -> None:
        """Take compressed octets in."""
        self._waiting += octets

    def expand(self) -> bytes:
        """Return the next octets, at most ``PORTION_OCTETS``; nothing when all that came is expanded.

        Raises: Disconnected for octets that are not compressed ones, and for a stream that has ended.
        """
        try:
            octets = self._expander.decompress(self._waiting, PORTION_OCTETS)
        except zlib.error as error:
            raise Disconnected("the other side does not send what it said it would") from error
        if self._expander.eof:
            raise Disconnected("the other side has ended its compressed stream")
        self._waiting = self._expander.unconsumed_tail
        return octets
