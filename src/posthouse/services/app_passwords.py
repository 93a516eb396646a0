"""App passwords: random secrets of 130 bits that a person can type, kept only as verifiers.

Thirty-two characters in groups of four. The first six find the credential in its account, the rest proves it. All verifiers
that any mechanism will ever need are derived when the password is made, because afterwards nobody knows it.
"""

import hashlib
import hmac

from posthouse.foundation.ids import AccountId
from posthouse.ports.vault import Vault

ALPHABET = "abcdefghijkmnopqrstuvwxyz2345679"
"""No l, 0, 1, 8: what is read aloud or copied by hand must not be mistaken."""
LOOKUP_CHARACTERS = 6
CHARACTERS = 32
SCRAM_ITERATIONS = 4_096
"""RFC 7677's least: the secret has 130 bits, so that slowing guesses down adds nothing."""
SALT_OCTETS = 16
BARE = "-bare"
"""What the names of the verifiers of a password without its hyphens end with."""


def spell(entropy: bytes) -> str:
    """Spell a password of 32 characters from 20 octets of entropy, without its hyphens."""
    number = int.from_bytes(entropy, "big")
    return "".join(ALPHABET[number >> 5 * index & 31] for index in range(CHARACTERS))


def grouped(secret: str) -> str:
    """Write a password as it is shown: groups of four with hyphens."""
    return "-".join(secret[index : index + 4] for index in range(0, len(secret), 4))


def normalised(password: str) -> str:
    """Read a password as people type it: hyphens, blanks and case do not matter."""
    return "".join(password.split()).replace("-", "").lower()


def verifier_of(vault: Vault, account_id: AccountId, secret: str) -> bytes:
    """The keyed hash by which PLAIN and LOGIN check a normalised password."""
    return vault.keyed(b"app-password\0" + account_id + secret.encode())


def scram_keys(algorithm: str, secret: str, salt: bytes) -> bytes:
    """StoredKey and ServerKey of RFC 5802 §3, joined; ``algorithm`` as hashlib names it."""
    salted = hashlib.pbkdf2_hmac(algorithm, secret.encode(), salt, SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", algorithm)
    server_key = hmac.digest(salted, b"Server Key", algorithm)
    return hashlib.new(algorithm, client_key).digest() + server_key
