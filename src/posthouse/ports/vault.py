"""Secrets of the installation, and the slow and the quick way to check a password."""

from typing import Protocol


class Vault(Protocol):
    """Keeps the pepper and the sealing key (``keys/``); nobody else sees them."""

    async def hash(self, password: str) -> bytes:
        """Make an argon2id verifier (slow, in a thread). Raises: Unavailable when too many wait."""
        ...

    async def verify(self, verifier: bytes, password: str) -> bool:
        """Check a password against an argon2id verifier (slow, in a thread). Raises: Unavailable when too many wait."""
        ...

    def keyed(self, octets: bytes) -> bytes:
        """HMAC-SHA-256 under the pepper (microseconds): for secrets of 128 bits and more, and for made-up salts."""
        ...

    def seal(self, octets: bytes) -> bytes:
        """Encrypt and authenticate something that must be read again (CRAM-MD5 states)."""
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """Read what ``seal`` wrote. Raises: Corrupt."""
        ...
