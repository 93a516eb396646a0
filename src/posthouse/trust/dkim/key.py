"""Key records in the DNS (RFC 6376 §3.6.1, RFC 8463 §4): text to a public key that can verify, and back."""

import base64
import binascii
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from posthouse.trust.tag_list import InvalidTagList, tag_list, without_spaces

LEAST_BITS: Final = 1024
"""RFC 8301 §3.2."""
MOST_BITS: Final = 8192
"""Larger keys cost more than a signature is worth."""
MOST_EXPONENT: Final = 1 << 32
"""A public exponent of thousands of bits makes each verification a thousand times as dear."""
_PREHASHED: Final = utils.Prehashed(hashes.SHA256())


class InvalidKey(ValueError):
    """The record gives no key that may be used; the message says why."""


class Key(msgspec.Struct, frozen=True):
    """A public key as published."""

    kind: str
    """``rsa`` or ``ed25519``."""
    public: RSAPublicKey | Ed25519PublicKey
    testing: bool = False
    """t=y: the domain is only trying DKIM."""
    strict: bool = False
    """t=s: i= must be the signing domain itself."""

    @property
    def bits(self) -> int:
        """The size of the key."""
        return self.public.key_size if isinstance(self.public, RSAPublicKey) else 256

    def verifies(self, value: bytes, digest: bytes) -> bool:
        """Whether ``value`` signs a SHA-256 digest; 0.05 to 0.3 ms for usual keys."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(value, digest, padding.PKCS1v15(), _PREHASHED)
            else:
                self.public.verify(value, digest)
        except WrongSignature:
            return False
        return True


def key(text: str) -> Key:
    """Read the text of a key record.

    Raises: InvalidKey.
    """
    try:
        tags = tag_list(text)
    except InvalidTagList as error:
        raise InvalidKey(f"the key record is malformed: {error}") from None
    if tags.get("v", "DKIM1") != "DKIM1" or ("v" in tags and next(iter(tags)) != "v"):
        raise InvalidKey("the key record is of another version")
    if "p" not in tags:
        raise InvalidKey("the key record has no key")
    encoded = without_spaces(tags["p"])
    if not encoded:
        raise InvalidKey("the key was revoked")
    if not _lists(tags, "h", "sha256") or not (_lists(tags, "s", "*") or _lists(tags, "s", "email")):
        raise InvalidKey("the key is for something else")
    flags = without_spaces(tags.get("t", "")).split(":")
    kind = tags.get("k", "rsa")
    return Key(kind, _public(kind, encoded), testing="y" in flags, strict="s" in flags)


def key_record(public: RSAPublicKey | Ed25519PublicKey) -> str:
    """The text to publish for a key."""
    if isinstance(public, RSAPublicKey):
        octets = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        kind = "rsa"
    else:
        octets = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        kind = "ed25519"
    return f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode()}"


def _lists(tags: dict[str, str], tag: str, item: str) -> bool:
    return tag not in tags or item in without_spaces(tags[tag]).split(":")


def _public(kind: str, encoded: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        octets = base64.b64decode(encoded, validate=True)
        if kind == "ed25519":
            return Ed25519PublicKey.from_public_bytes(octets)
        if kind != "rsa":
            raise InvalidKey(f"keys of kind {kind[:40]!a} are not known")
        public = serialization.load_der_public_key(octets)
    except InvalidKey:
        raise
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise InvalidKey("the key cannot be read") from None
    if not isinstance(public, RSAPublicKey):
        raise InvalidKey("the key is not the kind it says")
    if not LEAST_BITS <= public.key_size <= MOST_BITS:
        raise InvalidKey(f"an RSA key of {public.key_size} bits is not accepted")
    if public.public_numbers().e > MOST_EXPONENT:
        raise InvalidKey("an RSA key with a very large exponent is not accepted")
    return public
