"""Keys and tokens of an identity provider, made as one makes them."""

import json
import warnings
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey


class SigningKey:
    """A private key of a provider; ``kind`` is the algorithm it signs with."""

    def __init__(self, kind: str, name: str, *, bits: int = 2_048, secret: bytes = b"") -> None:
        self.kind, self.name = kind, name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            self.key: RSAKey | ECKey | OKPKey | OctKey
            if secret:
                self.key = OctKey.import_key(secret)
            elif kind[:2] in {"RS", "PS"}:
                self.key = RSAKey.generate_key(bits)
            elif kind[:2] == "ES":
                self.key = ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[kind])
            else:
                self.key = OKPKey.generate_key("Ed25519")

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token; ``kid=None`` leaves the key's name out."""
        named = {"alg": self.kind, "kid": self.name} | header
        protected = {name: value for name, value in named.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[self.kind], strict_check_header=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jws.serialize_compact(protected, json.dumps(claims).encode(), self.key, registry=registry)


def public_keys(*keys: SigningKey) -> bytes:
    """The document with their public halves (JWKS)."""
    listed = [key.key.as_dict(private=False) | {"kid": key.name, "alg": key.kind, "use": "sig"} for key in keys]
    return json.dumps({"keys": listed}).encode()
