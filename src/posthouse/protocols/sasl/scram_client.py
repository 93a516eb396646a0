"""SCRAM as a client speaks it (RFC 5802, RFC 7677): the server is shown that we know the password, and shows that it does."""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

from posthouse.protocols.sasl.types import Credentials

ITERATIONS: Final = 1_000_000
"""Most rounds of hashing a server may ask for."""
_FIRST: Final = re.compile(r"r=([!-+\--~]{1,1024}),s=([A-Za-z0-9/+=]{1,1024}),i=([1-9][0-9]{0,8})(?:,.{0,1024})?")
_LAST: Final = re.compile(r"v=([A-Za-z0-9/+=]{1,200})(?:,.{0,1024})?")


class ScramClient:
    """The client's side of SCRAM with one hash.

    ``nonce``: printable characters without comma, never used before. ``binding``: type and octets of a channel binding (RFC 5929,
    RFC 9266), for the mechanisms whose names end in ``-PLUS``.
    """

    def __init__(self, name: str, credentials: Credentials, nonce: str, binding: tuple[str, bytes] | None = None) -> None:
        self.name = name
        self._hash = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[name.removesuffix("-PLUS")]
        self._header = b"n,," if binding is None else f"p={binding[0]},,".encode()
        self._bound = b"" if binding is None else binding[1]
        self._password = credentials.password.encode()
        self._nonce = nonce
        user = credentials.authcid.replace("=", "=3D").replace(",", "=2C")
        self._first = f"n={user},r={nonce}"
        self._signature: bytes | None = None
        self._done = False

    def start(self) -> bytes | None:
        """Who we are, and our nonce."""
        return self._header + self._first.encode()

    def respond(self, challenge: bytes) -> bytes | None:
        """The proof; then, where the server has shown its own, an empty response. None for what breaks the rules."""
        text = challenge.decode("utf-8", "replace")
        if self._signature is None:
            return self._proof(text)
        found = _LAST.fullmatch(text)
        if self._done or found is None:
            return None
        self._done = True
        return b"" if hmac.compare_digest(_decoded(found[1]) or b"", self._signature) else None

    def _proof(self, text: str) -> bytes | None:
        found = _FIRST.fullmatch(text)
        salt = _decoded(found[2]) if found is not None else None
        if found is None or salt is None or not found[1].startswith(self._nonce) or len(found[1]) == len(self._nonce):
            return None
        iterations = int(found[3])
        if iterations > ITERATIONS:
            return None
        salted = hashlib.pbkdf2_hmac(self._hash, self._password, salt, iterations)
        final = f"c={base64.b64encode(self._header + self._bound).decode()},r={found[1]}"
        message = f"{self._first},{text},{final}".encode()
        key = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self._hash, key).digest(), message)
        self._signature = self._mac(self._mac(salted, b"Server Key"), message)
        proof = bytes(left ^ right for left, right in zip(key, signature, strict=True))
        return f"{final},p={base64.b64encode(proof).decode()}".encode()

    def _mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._hash).digest()


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
