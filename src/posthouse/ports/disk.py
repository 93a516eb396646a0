"""The disk that holds what people own."""

from typing import Protocol

import msgspec


class Room(msgspec.Struct, frozen=True):
    """How large it is, and how much of it anybody may still use."""

    octets: int
    free_octets: int


class Disk(Protocol):
    """Looked at seldom: for quotas, and for who asks how things stand."""

    async def room(self) -> Room:
        """As it is now. Raises: Unavailable."""
        ...
