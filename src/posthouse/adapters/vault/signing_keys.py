"""Fresh private keys for signatures; they draw on the system's randomness."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from posthouse.model.domain_key import KeyKind

RSA_BITS: Final = 2_048
"""What RFC 8301 §3.2 advises; longer ones do not fit in one answer over UDP."""


def make_signing_key(kind: KeyKind) -> bytes:
    """Make a key (PKCS #8, DER); some 0.1 s for RSA."""
    private = rsa.generate_private_key(65_537, RSA_BITS) if kind is KeyKind.RSA else Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
