"""Secrets of the installation, and the slow and the quick way to check a password."""

from typing import Protocol

from posthouse.model.domain_key import KeyKind


class Vault(Protocol):
    """Keeps the pepper and the sealing key (``keys/``); nobody else sees them."""

    async def hash(self, password: str) -> bytes:
        """Make an argon2id verifier (slow, in a thread). Raises: Unavailable when too many wait."""
        ...

    async def verify(self, verifier: bytes, password: str) -> bool:
        """Check a password against what ``hash`` made, or another server's hash (slow, in a thread).

        What is no verifier proves nothing. Raises: Unavailable when too many wait.
        """
        ...

    def is_current(self, verifier: bytes) -> bool:
        """Whether ``hash`` makes verifiers of this kind and strength today; else it is made anew once the password is seen."""
        ...

    async def make_signing_key(self, kind: KeyKind) -> bytes:
        """Make a private key (PKCS #8, DER; in a thread). RSA has 2048 bits. Raises: Unavailable when too many wait."""
        ...

    def keyed(self, octets: bytes) -> bytes:
        """HMAC-SHA-256 under the pepper (microseconds): for secrets of 128 bits and more, and for made-up salts."""
        ...

    def seal(self, octets: bytes) -> bytes:
        """Encrypt and authenticate something that must be read again (CRAM-MD5 states, signing keys)."""
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """Read what ``seal`` wrote. Raises: Corrupt."""
        ...
