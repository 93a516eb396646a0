"""A spool in memory (port ``Spool``), for services that read what they wrote through the port."""

from posthouse.foundation.errors import NotFound
from posthouse.model.content import Spooled


class MemorySpoolFile:
    """A blob being received."""

    def __init__(self, blobs: dict[str, bytes], path: str) -> None:
        self._blobs = blobs
        self._path = path
        self._octets = bytearray()

    async def write(self, octets: bytes) -> None:
        """Add octets."""
        self._octets += octets

    async def finish(self) -> Spooled:
        """Complete the blob."""
        self._blobs[self._path] = bytes(self._octets)
        return Spooled(self._path, len(self._octets))

    async def discard(self) -> None:
        """Throw it away."""
        self._blobs.pop(self._path, None)


class MemorySpool:
    """Blobs by name."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._created = 0

    async def create(self) -> MemorySpoolFile:
        """Begin a blob."""
        self._created += 1
        return MemorySpoolFile(self._blobs, f"memory/{self._created}")

    async def read(self, spooled: Spooled, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a finished blob."""
        if spooled.path not in self._blobs:
            raise NotFound(f"the blob {spooled.path} is missing")
        return self._blobs[spooled.path][start : None if length is None else start + length]
