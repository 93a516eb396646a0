"""The octets of a message on its way out, a bounded piece at a time."""

from collections.abc import AsyncIterator
from typing import Final

from posthouse.model.content import Content, Range, Spooled, slices
from posthouse.ports.spool import Spool

PIECE_OCTETS: Final = 262_144


async def pieces_of(content: Content, spool: Spool) -> AsyncIterator[bytes]:
    """The shown octets in order. Raises: what reading the spool raises."""
    pieces = content.pieces or (Range(0, content.body_octets),)
    if content.size_octets <= PIECE_OCTETS:
        yield b"".join([piece if isinstance(piece, bytes) else await _octets(content, piece, spool) for piece in pieces])
        return
    for start in range(0, content.size_octets, PIECE_OCTETS):
        wanted = slices(pieces, start, start + PIECE_OCTETS)
        yield b"".join([piece if isinstance(piece, bytes) else await _octets(content, piece, spool) for piece in wanted])


async def _octets(content: Content, piece: Range, spool: Spool) -> bytes:
    if isinstance(content.body, Spooled):
        return await spool.read(content.body, piece.start, piece.end - piece.start)
    return content.body[piece.start : piece.end]
