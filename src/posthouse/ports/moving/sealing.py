"""Secrets that leave this installation: under a passphrase that whoever moves them knows."""

from typing import Protocol


class Sealing(Protocol):
    """One key, made of a passphrase and a salt."""

    def seal(self, octets: bytes) -> bytes:
        """Encrypt and authenticate."""
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """Read what ``seal`` wrote. Raises: Invalid for another passphrase, or damaged octets."""
        ...


class Passphrases(Protocol):
    """Makes keys."""

    async def key(self, passphrase: str, salt: bytes) -> Sealing:
        """Derive a key (slow, in a thread). Raises: Invalid for a passphrase that is too short."""
        ...
