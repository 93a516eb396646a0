"""SCRAM as a server speaks it (RFC 5802, RFC 7677): the client proves that it knows the password, and so do we.

With channel binding (``-PLUS``) the proof is also about this very TLS connection. A client that could do it and sees that we do not
says ``y`` and is served; but where we do offer it, somebody between has taken it off the list, and the client is refused
(RFC 5802 §6). The header it began with comes back in its proof, so that nobody between can change either word.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from posthouse.protocols.sasl.plain import FIELD_OCTETS
from posthouse.protocols.sasl.types import Challenge, Failure, Proof, Secrets, Step, Wanted

HASHES: Final = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
PLUS: Final = "-PLUS"
"""What the name of a mechanism with channel binding ends with."""
MESSAGE_OCTETS: Final = 4 * FIELD_OCTETS
"""Longest message of a client."""
_SASLNAME: Final = r"(?:[^\0=,]|=2C|=3D)+"
_CLIENT_FIRST: Final = re.compile(
    rf"(?P<header>(?P<flag>n|y|p=[A-Za-z0-9.-]+),(?:a=(?P<authzid>{_SASLNAME}))?,)"
    rf"(?P<bare>(?P<mandatory>m=[^,]*,)?n=(?P<authcid>{_SASLNAME}),r=(?P<nonce>[!-+\--~]+)(?:,[A-Za-z]=[^\0,]+)*)"
)
_CLIENT_FINAL: Final = re.compile(
    r"(?P<without>c=(?P<binding>[A-Za-z0-9/+=]+),r=(?P<nonce>[!-+\--~]+)(?:,[A-Za-z]=[^\0,]+)*),p=(?P<proof>[A-Za-z0-9/+=]+)"
)


class ClientFirst(NamedTuple):
    """What a client says first, taken apart."""

    header: str
    """The GS2 header, with its commas."""
    flag: str
    """``n``: the client knows no channel binding; ``y``: it thinks that we know none; ``p=TYPE``."""
    bare: str
    """Everything after it."""
    authcid: str
    authzid: str
    nonce: str


class InvalidMessage(ValueError):
    """A message that breaks SCRAM's rules; the text says which."""


class ScramServer:
    """The server's side of SCRAM with one hash.

    ``nonce``: printable characters without comma, never used before. ``bindings``: of this connection, octets by type
    (``tls-server-end-point``, RFC 5929 §4; ``tls-exporter``, RFC 9266); empty where ``-PLUS`` is not offered.
    """

    def __init__(self, name: str, nonce: str, bindings: Mapping[str, bytes] | None = None) -> None:
        self.name = name
        self._scheme = name.removesuffix(PLUS)
        self._hash = HASHES[self._scheme]
        self._bindings = bindings or {}
        self._bound = b""
        self._nonce = nonce
        self._first: ClientFirst | None = None
        self._server_first = ""
        self._kept = Secrets(())
        self._proof: Proof | None = None

    def start(self, initial_response: bytes | None) -> Step:
        """Ask with an empty challenge unless the client's first message came with the command."""
        return Challenge(b"") if initial_response is None else self.respond(initial_response)

    def respond(self, octets: bytes) -> Step:
        """Take who the client is, its proof, and its consent to ours."""
        try:
            if self._first is None:
                first = client_first_message(octets)
                self._bound = self._binding_of(first.flag)
                self._first = first
                return Wanted(first.authcid, self._scheme.lower())
            return self._judged(octets) if self._proof is None else self._agreed(octets)
        except InvalidMessage as wrong:
            return Failure(str(wrong))

    def supply(self, kept: Secrets) -> Step:
        """Tell the client salt and iterations, and add our nonce to its own."""
        if self._first is None or self._server_first:
            return Failure("nothing was asked for")
        self._kept = kept
        self._nonce = self._first.nonce + self._nonce
        self._server_first = f"r={self._nonce},s={base64.b64encode(kept.salt).decode()},i={kept.iterations}"
        return Challenge(self._server_first.encode())

    def _binding_of(self, flag: str) -> bytes:
        """What the proof must be bound to, by the table of RFC 5802 §6."""
        kind = flag.removeprefix("p=") if flag.startswith("p=") else ""
        if self.name.endswith(PLUS):
            if not kind:
                raise InvalidMessage("this mechanism wants channel binding")
            if kind not in self._bindings:
                raise InvalidMessage(f"channel binding {kind} is not offered here, only {', '.join(self._bindings) or 'none'}")
            return self._bindings[kind]
        if kind:
            raise InvalidMessage("channel binding goes with a mechanism whose name ends in -PLUS")
        if flag == "y" and self._bindings:
            raise InvalidMessage("channel binding is offered here, but somebody between us says it is not")
        return b""

    def _judged(self, octets: bytes) -> Step:
        assert self._first is not None, "the client's first message came first"
        found = _CLIENT_FINAL.fullmatch(_text(octets))
        if found is None or not self._server_first:
            raise InvalidMessage("SCRAM wants the channel binding, the nonce and a proof")
        if found["nonce"] != self._nonce or not hmac.compare_digest(
            _decoded(found["binding"]), self._first.header.encode() + self._bound
        ):
            raise InvalidMessage("the nonce or the channel binding is not what it was")
        message = f"{self._first.bare},{self._server_first},{found['without']}".encode()
        number, signature = self._proved(_decoded(found["proof"]), message)
        self._proof = Proof(number, self._first.authcid, self._first.authzid)
        return self._proof if number is None else Challenge(b"v=" + base64.b64encode(signature))

    def _agreed(self, octets: bytes) -> Step:
        assert self._proof is not None, "it was proved before"
        return Failure("after our signature the client has nothing to say") if octets else self._proof

    def _proved(self, proof: bytes, message: bytes) -> tuple[int | None, bytes]:
        """Which of the secrets the proof is of, and our signature with it."""
        size = hashlib.new(self._hash).digest_size
        number, signature = None, b""
        for index, verifier in enumerate(self._kept.verifiers):
            stored_key, server_key = verifier[:size], verifier[size:]
            mask = hmac.digest(stored_key, message, self._hash)
            client_key = bytes(left ^ right for left, right in zip(proof, mask, strict=False))
            if len(proof) == size and hmac.compare_digest(hashlib.new(self._hash, client_key).digest(), stored_key):
                number, signature = index, hmac.digest(server_key, message, self._hash)
        return number, signature


def client_first_message(octets: bytes) -> ClientFirst:
    """Take a client's first message apart (RFC 5802 §7, ``client-first-message``).

    Raises: InvalidMessage, also for what we do not do: mandatory extensions.
    """
    found = _CLIENT_FIRST.fullmatch(_text(octets))
    if found is None:
        raise InvalidMessage("SCRAM wants a header, a user name and a nonce")
    if found["mandatory"]:
        raise InvalidMessage("an extension that is not known here is mandatory for the client")
    authcid, authzid = _name(found["authcid"]), _name(found["authzid"] or "")
    if max(len(authcid.encode()), len(authzid.encode())) > FIELD_OCTETS:
        raise InvalidMessage("the user name is too long")
    return ClientFirst(found["header"], found["flag"], found["bare"], authcid, authzid, found["nonce"])


def _text(octets: bytes) -> str:
    if len(octets) > MESSAGE_OCTETS:
        raise InvalidMessage("the message is too long")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("the message must be UTF-8") from None


def _name(saslname: str) -> str:
    return saslname.replace("=2C", ",").replace("=3D", "=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise InvalidMessage("channel binding or proof is not base64") from None
