"""Octets on their way in that are too many for memory."""

from typing import Protocol

from posthouse.model.content import Spooled


class SpoolFile(Protocol):
    """A blob being written. Nothing is durable before ``finish`` returns."""

    async def write(self, octets: bytes) -> None:
        """Add octets. Raises: OutOfSpace."""
        ...

    async def finish(self) -> Spooled:
        """Complete and sync the blob. Raises: OutOfSpace."""
        ...

    async def discard(self) -> None:
        """Throw it away; also after ``finish``, once whoever accepted the octets has its own link to them."""
        ...


class Spool(Protocol):
    """Where bodies beyond ``limits.INLINE_BODY_OCTETS`` wait."""

    async def create(self) -> SpoolFile:
        """Begin a blob. Raises: OutOfSpace."""
        ...

    async def read(self, spooled: Spooled, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a finished blob. Raises: NotFound once it has been discarded; Corrupt."""
        ...
