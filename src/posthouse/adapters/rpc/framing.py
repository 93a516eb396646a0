"""Length-prefixed messages on a byte stream."""

import struct
from collections.abc import Iterator

from posthouse.adapters.rpc.verbs import FRAME_OCTETS
from posthouse.foundation.errors import Corrupt

_LENGTH = struct.Struct(">I")


def frame(message: bytes) -> bytes:
    """Put the length of a message before it."""
    return _LENGTH.pack(len(message)) + message


class Frames:
    """Cuts messages out of a stream."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Add octets and yield the messages that are complete. Raises: Corrupt for a length nobody sends."""
        self._buffer += octets
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > FRAME_OCTETS:
                raise Corrupt("a message between processes is too long")
            if len(self._buffer) < _LENGTH.size + length:
                return
            message = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            yield message
