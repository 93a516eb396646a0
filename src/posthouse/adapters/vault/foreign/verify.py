"""One password against one hash of another server. Slow by design (up to a second): call it in a thread."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import bcrypt

from posthouse.adapters.vault.foreign.crypt import md5_crypt, sha_crypt
from posthouse.formats.password_hash.parse import InvalidHash, PasswordHash, password_hash

BCRYPT_OCTETS: Final = 72
"""What bcrypt looks at; the library refuses longer ones, which others have cut."""
MOST_OCTETS: Final = 1_024
"""Longer than any password that can be set: crypt's work grows with its square."""


def verify_foreign(kept: PasswordHash, password: str) -> bool:
    """Whether the hash is of this password. argon2id is not among its schemes: the vault knows it."""
    octets = password.encode("utf-8", "surrogatepass")
    if len(octets) > MOST_OCTETS:
        return False
    if kept.scheme == "bcrypt":
        return _bcrypt(kept, octets)
    return hmac.compare_digest(_DIGESTS[kept.scheme](kept, octets), kept.digest)


def verify_text(text: str, password: str) -> bool:
    """The same with the hash as it is kept; what is no hash of these proves nothing."""
    try:
        kept = password_hash(text)
    except InvalidHash:
        return False
    return kept.scheme != "argon2id" and verify_foreign(kept, password)


def _bcrypt(kept: PasswordHash, octets: bytes) -> bool:
    if b"\0" in octets:
        return False
    return bcrypt.checkpw(octets[:BCRYPT_OCTETS], kept.text.encode())


def _salted(algorithm: str) -> Callable[[PasswordHash, bytes], bytes]:
    return lambda kept, octets: hashlib.new(algorithm, octets + kept.salt).digest()


def _pbkdf2(algorithm: str) -> Callable[[PasswordHash, bytes], bytes]:
    return lambda kept, octets: hashlib.pbkdf2_hmac(algorithm, octets, kept.salt, kept.rounds)


_DIGESTS: Final[dict[str, Callable[[PasswordHash, bytes], bytes]]] = {
    "ssha": _salted("sha1"),
    "ssha256": _salted("sha256"),
    "ssha512": _salted("sha512"),
    "pbkdf2-sha1": _pbkdf2("sha1"),
    "pbkdf2-sha256": _pbkdf2("sha256"),
    "pbkdf2-sha512": _pbkdf2("sha512"),
    "md5-crypt": lambda kept, octets: md5_crypt(octets, kept.salt),
    "sha256-crypt": lambda kept, octets: sha_crypt("sha256", octets, kept.salt, kept.rounds),
    "sha512-crypt": lambda kept, octets: sha_crypt("sha512", octets, kept.salt, kept.rounds),
}
