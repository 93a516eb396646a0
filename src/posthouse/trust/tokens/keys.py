"""The public keys an identity provider publishes (JWKS, RFC 7517 §5). Secrets never count as keys, whatever the document says."""

import binascii
import json
import warnings
from typing import Any, Final, NamedTuple

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

DOCUMENT_OCTETS: Final = 524_288
"""Largest document of keys, or of configuration, that is looked at."""
KEYS: Final = 100
RSA_BITS: Final = 2_048
_KINDS: Final = (RSAKey, ECKey, OKPKey)


class InvalidKeys(ValueError):
    """What came is no set of keys."""


class Key(NamedTuple):
    """A public key and the name tokens call it by; the name may be empty."""

    name: str
    key: RSAKey | ECKey | OKPKey


def parse_keys(octets: bytes) -> tuple[Key, ...]:
    """Read a set of keys; what is no public key for signatures is left out.

    Raises: InvalidKeys where it is no set.
    """
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise InvalidKeys("the keys are not JSON") from error
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise InvalidKeys("the document has no list of keys")
    return tuple(key for key in map(_key, listed[:KEYS]) if key is not None)


def _key(value: Any) -> Key | None:
    if not isinstance(value, dict) or value.get("use", "sig") != "sig" or value.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    name = value.get("kid", "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = import_key(value)
            is_weak = isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError, binascii.Error):
        return None
    if is_weak or not isinstance(key, _KINDS) or not isinstance(name, str):
        return None
    return Key(name, key)
