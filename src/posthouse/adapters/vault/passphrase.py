"""Keys of passphrases (port ``Sealing``): scrypt (RFC 7914) and AES-256-GCM."""

import asyncio
import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from posthouse.foundation.errors import Invalid
from posthouse.ports.moving.sealing import Sealing

LEAST: Final = 12
"""Characters of a passphrase: what it seals may be guessed at for years."""
COST, BLOCK, PARALLEL = 2**15, 8, 1
MEMORY_OCTETS: Final = 67_108_864
NONCE_OCTETS: Final = 12


class PassphraseSealing:
    """One key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, octets: bytes) -> bytes:
        """Encrypt and authenticate."""
        nonce = os.urandom(NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, octets, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Read what ``seal`` wrote."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:], None)
        except (InvalidTag, ValueError) as error:
            raise Invalid("this is another passphrase than the archive was made with, or the archive is damaged") from error


class ScryptPassphrases:
    """Derives keys in a thread: 32 MiB and a tenth of a second each."""

    async def key(self, passphrase: str, salt: bytes) -> Sealing:
        """Derive a key."""
        if len(passphrase) < LEAST:
            raise Invalid(f"a passphrase has at least {LEAST} characters")
        return PassphraseSealing(await asyncio.to_thread(_derive, passphrase, salt))


def _derive(passphrase: str, salt: bytes) -> bytes:
    secret = passphrase.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=MEMORY_OCTETS, dklen=32)
