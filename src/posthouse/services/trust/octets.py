"""The octets of a content for checks and signatures: the head in one piece, the body as it is asked for."""

from collections.abc import AsyncIterator
from typing import Final

from posthouse.formats.header.fields import header_end
from posthouse.foundation.limits import HEADER_OCTETS
from posthouse.model.content import Content, Range, Spooled, slices
from posthouse.ports.spool import Spool

CHUNK_OCTETS: Final = 262_144
QUICK_OCTETS: Final = 16_384
"""What is no longer than this is dealt with on the event loop: it costs less than asking a thread."""


async def chunks(content: Content, spool: Spool) -> AsyncIterator[bytes]:
    """What a mailbox shows of a content, in chunks. Raises: NotFound, Corrupt (the spool's)."""
    pieces = content.pieces or (Range(0, content.body_octets),)
    for start in range(0, content.size_octets, CHUNK_OCTETS):
        parts = [
            piece if isinstance(piece, bytes) else await _range(content, piece, spool)
            for piece in slices(pieces, start, start + CHUNK_OCTETS)
        ]
        yield parts[0] if len(parts) == 1 else b"".join(parts)


async def divided(content: Content, spool: Spool) -> tuple[bytes, AsyncIterator[bytes]]:
    """The header block with its blank line, and the body in chunks. A header is read to its bound only; the rest counts as body."""
    following = chunks(content, spool)
    begun = b""
    async for chunk in following:
        begun += chunk
        if header_end(begun) < len(begun) or len(begun) > HEADER_OCTETS:
            break
    end = header_end(begun)
    return begun[:end], _joined(begun[end:], following)


async def _joined(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in following:
        yield chunk


async def _range(content: Content, wanted: Range, spool: Spool) -> bytes:
    if isinstance(content.body, Spooled):
        return await spool.read(content.body, wanted.start, wanted.end - wanted.start)
    return content.body[wanted.start : wanted.end]
