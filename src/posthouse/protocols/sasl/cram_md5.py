"""CRAM-MD5 (RFC 2195): a keyed digest of the server's challenge. Obsolete; some devices know nothing better."""

import hmac
import re
from typing import ClassVar, Final

from posthouse.foundation.md5 import hmac_from_states
from posthouse.protocols.sasl.plain import FIELD_OCTETS
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Step, Wanted

_RESPONSE: Final = re.compile(rb"([^\0]{1,%d}) ([0-9A-Fa-f]{32})" % FIELD_OCTETS)


class CramMd5Server:
    """The server's side of CRAM-MD5.

    ``identifier``: what stands between ``<`` and ``>`` of a Message-ID, never used before.
    """

    name: ClassVar = "CRAM-MD5"

    def __init__(self, identifier: str) -> None:
        self._challenge = f"<{identifier}>".encode()
        self._authcid = ""
        self._digest = b""

    def start(self, initial_response: bytes | None) -> Step:
        """Challenge the client, which must not have spoken yet."""
        if initial_response is not None:
            return Failure("with CRAM-MD5 the server speaks first")
        return Challenge(self._challenge)

    def respond(self, octets: bytes) -> Step:
        """Take user name and digest: everything up to the last blank is the name."""
        found = _RESPONSE.fullmatch(octets)
        if found is None:
            return Failure("CRAM-MD5 wants the user name and a digest of 32 hexadecimal digits")
        try:
            self._authcid = found[1].decode()
        except UnicodeDecodeError:
            return Failure("the user name must be UTF-8")
        self._digest = bytes.fromhex(found[2].decode())
        return Wanted(self._authcid, "cram-md5")

    def supply(self, kept: Secrets) -> Step:
        """Compare with what each secret would have said."""
        number = None
        for index, states in enumerate(kept.verifiers):
            if hmac.compare_digest(hmac_from_states(states, self._challenge), self._digest):
                number = index
        return Proof(number, self._authcid)


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
