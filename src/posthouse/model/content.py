"""The octets of a message and what a mailbox shows of them.

The received octets (the *body* of the SMTP DATA or the APPEND literal) are kept as they came. What a mailbox shows is a list of
pieces fixed at delivery: inserted octets, or a range of the received ones. Every size, offset and projection is over the pieces.
"""

from collections.abc import Sequence

import msgspec


class Spooled(msgspec.Struct, frozen=True):
    """Octets too many for memory: a complete, synced blob in the spool, on the file system of the accounts."""

    path: str
    size_octets: int


class Range(msgspec.Struct, frozen=True, array_like=True):
    """A range of the received octets; ``end`` is exclusive."""

    start: int
    end: int


Piece = bytes | Range
Body = bytes | Spooled


class Content(msgspec.Struct, frozen=True):
    """Received octets and the pieces a mailbox shows of them. No pieces: the octets as they are."""

    body: Body
    pieces: tuple[Piece, ...] = ()

    @property
    def body_octets(self) -> int:
        """Size of the received octets."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.size_octets

    @property
    def size_octets(self) -> int:
        """Size of what a mailbox shows (RFC822.SIZE)."""
        if not self.pieces:
            return self.body_octets
        return sum(len(piece) if isinstance(piece, bytes) else piece.end - piece.start for piece in self.pieces)

    def with_prefix(self, octets: bytes) -> "Content":
        """The same content with octets (whole header fields with CRLF) put in front."""
        if not octets:
            return self
        return Content(self.body, (octets, *(self.pieces or (Range(0, self.body_octets),))))

    def without(self, ranges: Sequence[tuple[int, int]]) -> "Content":
        """The same content without ranges of the received octets (ascending, ends exclusive)."""
        if not ranges:
            return self
        pieces: list[Piece] = []
        for piece in self.pieces or (Range(0, self.body_octets),):
            if isinstance(piece, bytes):
                pieces.append(piece)
                continue
            at = piece.start
            for start, end in ranges:
                if at < min(start, piece.end):
                    pieces.append(Range(at, min(start, piece.end)))
                at = max(at, end)
            if at < piece.end:
                pieces.append(Range(at, piece.end))
        return Content(self.body, tuple(pieces))


def assemble(body: bytes, pieces: tuple[Piece, ...]) -> bytes:
    """Join the pieces over the received octets."""
    if not pieces:
        return body
    return b"".join([piece if isinstance(piece, bytes) else body[piece.start : piece.end] for piece in pieces])


def slices(pieces: tuple[Piece, ...], start: int, end: int) -> list[Piece]:
    """Cut the pieces down to the shown octets ``start`` to ``end`` (exclusive)."""
    found: list[Piece] = []
    position = 0
    for piece in pieces:
        length = len(piece) if isinstance(piece, bytes) else piece.end - piece.start
        low, high = max(start - position, 0), min(end - position, length)
        if low < high:
            found.append(piece[low:high] if isinstance(piece, bytes) else Range(piece.start + low, piece.start + high))
        position += length
    return found
