"""A stretch of a message too long to be held: it is sent in pieces, as fast as the client reads."""

from typing import Final, NamedTuple

PIECE_OCTETS: Final = 262_144
"""Octets read from the store at once; a longer value is streamed."""


class Stream(NamedTuple):
    """Octets ``start`` to ``end`` of the message ``uid``, to be sent as a literal."""

    uid: int
    start: int
    end: int

    @property
    def size_octets(self) -> int:
        """Octets of the literal."""
        return self.end - self.start


Value = int | bytes | Stream
