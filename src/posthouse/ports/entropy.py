"""Randomness, as the house asks for it."""

from typing import Protocol


class Entropy(Protocol):
    """A cryptographic source."""

    def octets(self, count: int) -> bytes:
        """Return so many unpredictable octets."""
        ...
