"""CRAM-MD5 as a client speaks it (RFC 2195): a keyed digest of the server's challenge."""

import hmac
from typing import ClassVar

from posthouse.protocols.sasl.types import Credentials


class CramMd5Client:
    """The client's side of CRAM-MD5."""

    name: ClassVar = "CRAM-MD5"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._said = False

    def start(self) -> bytes | None:
        """Nothing: the server speaks first."""
        return None

    def respond(self, challenge: bytes) -> bytes | None:
        """User name and digest; nothing more after that."""
        if self._said:
            return None
        self._said = True
        digest = hmac.new(self._credentials.password.encode(), challenge, "md5").hexdigest()
        return f"{self._credentials.authcid} {digest}".encode()
