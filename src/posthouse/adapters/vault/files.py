"""The vault over files in ``keys/`` (port ``Vault``)."""

import asyncio
import hmac
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from posthouse.adapters.vault.foreign.verify import verify_text
from posthouse.adapters.vault.signing_keys import make_signing_key
from posthouse.foundation.errors import Corrupt, Unavailable
from posthouse.model.domain_key import KeyKind

T = TypeVar("T")
KEY_OCTETS = 32
NONCE_OCTETS = 12
THREADS = 2
WAITING = 64
"""Hashes that may wait; more would not be done before a client gives up."""


def create_keys(directory: Path) -> None:
    """Make the pepper and the sealing key of a new installation, readable by its user only."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("pepper", "sealing"):
        handle = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY_OCTETS))
            file.flush()
            os.fsync(handle)


class FileVault:
    """Argon2id with the second set of parameters of OWASP's advice (19 MiB, two passes): 40 ms on a small machine."""

    def __init__(self, directory: Path) -> None:
        self._pepper = (directory / "pepper").read_bytes()
        self._sealing = AESGCM((directory / "sealing").read_bytes())
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._executor = ThreadPoolExecutor(THREADS, "passwords")
        self._waiting = 0
        self._dummy = ""

    async def hash(self, password: str) -> bytes:
        """Make a verifier."""
        return (await self._in_thread(lambda: self._hasher.hash(password))).encode()

    async def verify(self, verifier: bytes, password: str) -> bool:
        """Check a password; an empty verifier costs the same and fails."""
        return await self._in_thread(lambda: self._verify(verifier.decode("ascii", "replace"), password))

    def is_current(self, verifier: bytes) -> bool:
        """Whether it is argon2id with today's parameters."""
        try:
            return not self._hasher.check_needs_rehash(verifier.decode())
        except (InvalidHashError, UnicodeDecodeError):
            return False

    async def make_signing_key(self, kind: KeyKind) -> bytes:
        """Make a private key."""
        return await self._in_thread(lambda: make_signing_key(kind))

    def keyed(self, octets: bytes) -> bytes:
        """HMAC-SHA-256 under the pepper."""
        return hmac.digest(self._pepper, octets, "sha256")

    def seal(self, octets: bytes) -> bytes:
        """Encrypt and authenticate."""
        nonce = os.urandom(NONCE_OCTETS)
        return nonce + self._sealing.encrypt(nonce, octets, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Read what ``seal`` wrote."""
        try:
            return self._sealing.decrypt(sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:], None)
        except (InvalidTag, ValueError) as error:
            raise Corrupt("a sealed secret was not sealed with this installation's key") from error

    def stop(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, verifier: str, password: str) -> bool:
        if not verifier:
            self._dummy = self._dummy or self._hasher.hash("")
        elif not verifier.startswith("$argon2"):
            return verify_text(verifier, password)
        try:
            self._hasher.verify(verifier or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(verifier)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise Unavailable("too many sign-ins at once: try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1
