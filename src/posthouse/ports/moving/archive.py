"""A file with named members in order, written once and read from the beginning: what moves between installations."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

import msgspec


class Member(msgspec.Struct, frozen=True):
    """One member."""

    name: str
    octets: bytes
    """Empty where whoever reads did not want them."""
    attributes: Mapping[str, str] = {}
    size_octets: int = 0


class ArchiveWriter(Protocol):
    """Makes an archive; nobody sees it before ``finish``."""

    async def add(self, name: str, octets: bytes, attributes: Mapping[str, str] | None = None) -> None:
        """Write the next member. Raises: OutOfSpace, Unavailable."""
        ...

    async def finish(self) -> None:
        """Make it durable and let it be seen. Raises: OutOfSpace, Unavailable."""
        ...

    async def discard(self) -> None:
        """Throw away what is not finished."""
        ...


class ArchiveReader(Protocol):
    """Reads an archive, as often as it is asked to."""

    def members(self, wanted: Callable[[str], bool]) -> AsyncIterator[Member]:
        """All members in order, with the octets of those that are wanted by name.

        Raises: Invalid for what is no archive, or a damaged one; TooLarge (a member); Unavailable (it cannot be read).
        """
        ...
