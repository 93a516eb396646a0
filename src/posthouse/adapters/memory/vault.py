"""A vault for tests (port ``Vault``): quick, and a secret to nobody."""

import asyncio
import hmac
import re

from posthouse.adapters.vault.foreign.verify import verify_text
from posthouse.adapters.vault.signing_keys import make_signing_key
from posthouse.foundation.errors import Corrupt
from posthouse.model.domain_key import KeyKind


class MemoryVault:
    """Passwords are hashed quickly; what is sealed is kept here under a number."""

    def __init__(self, pepper: bytes = b"pepper") -> None:
        self._pepper = pepper
        self._hashed = 0
        self._sealed: dict[bytes, bytes] = {}

    async def hash(self, password: str) -> bytes:
        """Make a verifier."""
        self._hashed += 1
        return self._verifier(b"%d" % self._hashed, password)

    async def verify(self, verifier: bytes, password: str) -> bool:
        """Check a password."""
        if self.is_current(verifier):
            return self._verifier(verifier.partition(b":")[0], password) == verifier
        return await asyncio.to_thread(verify_text, verifier.decode("ascii", "replace"), password)

    def is_current(self, verifier: bytes) -> bool:
        """Whether it was made here."""
        return re.fullmatch(rb"[0-9]+:[0-9a-f]{64}", verifier) is not None

    async def make_signing_key(self, kind: KeyKind) -> bytes:
        """Make a private key; there is no quicker way to a real one."""
        return await asyncio.to_thread(make_signing_key, kind)

    def keyed(self, octets: bytes) -> bytes:
        """HMAC-SHA-256 under the pepper."""
        return hmac.digest(self._pepper, octets, "sha256")

    def seal(self, octets: bytes) -> bytes:
        """Put octets away."""
        sealed = self.keyed(b"sealed %d" % len(self._sealed))
        self._sealed[sealed] = octets
        return sealed

    def unseal(self, sealed: bytes) -> bytes:
        """Fetch what ``seal`` put away."""
        if sealed not in self._sealed:
            raise Corrupt("this was sealed elsewhere")
        return self._sealed[sealed]

    def _verifier(self, salt: bytes, password: str) -> bytes:
        return salt + b":" + self.keyed(salt + password.encode()).hex().encode()
