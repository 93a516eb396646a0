"""An authenticator in software (Web Authentication Level 2 §6): it makes passkeys, and proves them."""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key

from posthouse.trust.passkeys import octets_of, text_of

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """A telephone with one passkey for each site."""

    origin: str = "https://mail.example.test"
    verifies: bool = True
    """Whether it knows its owner (a finger, a PIN)."""
    count: int = 0
    counts: bool = True
    keys: dict[str, tuple[bytes, bytes, EllipticCurvePrivateKey]] = field(default_factory=dict)
    """By site: id, user handle, key."""

    def make(self, options: dict[str, Any]) -> bytes:
        """Make a passkey; the answer as a browser gives it to a page."""
        rp_id, key = options["rp"]["id"], generate_private_key(SECP256R1())
        id_ = hashlib.sha256(f"{rp_id}{len(self.keys)}{id(self)}".encode()).digest()[:20]
        self.keys[rp_id] = (id_, octets_of(options["user"]["id"]), key)
        numbers = key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(id_)) + id_ + cbor2.dumps(cose)
        data = self._data(rp_id, ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(id_, {"clientDataJSON": text_of(client), "attestationObject": text_of(attestation)})

    def prove(self, options: dict[str, Any]) -> bytes:
        """Prove the passkey of a site; the answer as a browser gives it to a page."""
        id_, handle, key = self.keys[options["rpId"]]
        self.count += self.counts
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signature = key.sign(data + hashlib.sha256(client).digest(), ECDSA(hashes.SHA256()))
        return self._answer(
            id_,
            {
                "clientDataJSON": text_of(client),
                "authenticatorData": text_of(data),
                "signature": text_of(signature),
                "userHandle": text_of(handle),
            },
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    @staticmethod
    def _answer(id_: bytes, response: dict[str, str]) -> bytes:
        answer = {"id": text_of(id_), "rawId": text_of(id_), "type": "public-key", "response": response}
        return json.dumps(answer | {"clientExtensionResults": {}, "authenticatorAttachment": "platform"}).encode()
