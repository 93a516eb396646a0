"""Read a password hash of another server, with or without Dovecot's ``{SCHEME}`` before it.

Known are bcrypt (``$2a$ $2b$ $2y$``), SHA-512-crypt (``$6$``), SHA-256-crypt
(``$5$``), MD5-crypt (``$1$``), ``{SSHA}``, ``{SSHA256}``, ``{SSHA512}``, ``{PBKDF2}``
(``$1$SALT$ROUNDS$HEX``, SHA-1), ``{PBKDF2-SHA1}``, ``{PBKDF2-SHA256}`` and ``{PBKDF2-SHA512}``
(``ROUNDS$SALT$KEY``), and argon2id. What costs a server minutes to check, or nothing to guess (unsalted,
plain text), is refused.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

import msgspec

HASH_CHARACTERS: Final = 512
CRYPT_ROUNDS: Final = 1_000_000
"""Most of SHA-crypt: a second of work; the default of a library that many used is 656,000."""
PBKDF2_ROUNDS: Final = 5_000_000
BCRYPT_COST: Final = 14
"""Most, as a power of two: a second of work."""
ARGON2_KIBIBYTES: Final = 262_144
ARGON2_WORK: Final = 1_048_576
"""Most kibibytes times passes."""
LEAST_ROUNDS: Final = 1_000
DEFAULT_ROUNDS: Final = 5_000
"""Of SHA-crypt, where the hash does not say."""


class InvalidHash(ValueError):
    """No password hash, or one that is not taken here; the text says why."""


class PasswordHash(msgspec.Struct, frozen=True):
    """A hash taken apart."""

    scheme: str
    """``bcrypt``, ``sha512-crypt``, ``sha256-crypt``, ``md5-crypt``, ``ssha``, ``ssha256``, ``ssha512``, ``pbkdf2-sha1``,
    ``pbkdf2-sha256``, ``pbkdf2-sha512``, ``argon2id``."""
    text: str
    """The whole of it, in the form that is kept."""
    salt: bytes = b""
    rounds: int = 0
    digest: bytes = b""
    """Of crypt's schemes the characters as written."""


def password_hash(text: str) -> PasswordHash:
    """Read a hash. Raises: InvalidHash."""
    text = text.strip()
    if not text or len(text) > HASH_CHARACTERS or not text.isascii() or not text.isprintable():
        raise InvalidHash("this is no password hash: printable characters are wanted, at most 512")
    named = re.match(r"\{([A-Za-z0-9.-]{1,30})\}", text)
    body = text[named.end() :] if named is not None else text
    if named is not None:
        scheme = named[1].upper().removesuffix(".B64")
        if named[1].upper().endswith(".HEX"):
            raise InvalidHash(f"{{{named[1]}}} is not taken: only base64 after {{SCHEME}}")
        if scheme in _NAMED:
            return _NAMED[scheme](body)
        if scheme not in _CRYPT_NAMES:
            raise InvalidHash(f"{{{named[1]}}} is not taken here; {_KNOWN}")
    for prefix, read in _CRYPT.items():
        if body.startswith(prefix):
            return read(body)
    raise InvalidHash(f"this is no password hash that is known here; {_KNOWN}")


_KNOWN: Final = (
    "known are bcrypt ($2a$, $2b$, $2y$), SHA-512-crypt ($6$), SHA-256-crypt ($5$), MD5-crypt ($1$), {SSHA}, {SSHA256}, {SSHA512}, "
    "{PBKDF2}, {PBKDF2-SHA1}, {PBKDF2-SHA256}, {PBKDF2-SHA512} and {ARGON2ID}"
)
_CRYPT_NAMES: Final = frozenset(
    {"CRYPT", "BLF-CRYPT", "BCRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT", "MD5", "ARGON2ID", "ARGON2"}
)


def _bcrypt(text: str) -> PasswordHash:
    found = re.fullmatch(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}", text)
    if found is None:
        raise InvalidHash("this is no bcrypt hash: $2b$COST$ and 53 characters are wanted")
    cost = int(found[1])
    if not 4 <= cost <= BCRYPT_COST:
        raise InvalidHash(f"a bcrypt hash of cost {cost} is not taken: 4 to {BCRYPT_COST}")
    return PasswordHash("bcrypt", text, rounds=cost)


def _sha_crypt(scheme: str, characters: int) -> Callable[[str], PasswordHash]:
    pattern = re.compile(rf"\$[56]\$(?:rounds=([1-9][0-9]{{0,8}})\$)?([^$:\n]{{0,16}})\$([./A-Za-z0-9]{{{characters}}})")

    def read(text: str) -> PasswordHash:
        found = pattern.fullmatch(text)
        if found is None:
            raise InvalidHash(f"this is no {scheme} hash: a salt of up to 16 and {characters} characters are wanted")
        rounds = int(found[1] or DEFAULT_ROUNDS)
        if not LEAST_ROUNDS <= rounds <= CRYPT_ROUNDS:
            raise InvalidHash(f"a {scheme} hash of {rounds} rounds is not taken: {LEAST_ROUNDS} to {CRYPT_ROUNDS}")
        return PasswordHash(scheme, text, found[2].encode(), rounds, found[3].encode())

    return read


def _md5_crypt(text: str) -> PasswordHash:
    found = re.fullmatch(r"\$1\$([^$:\n]{0,8})\$([./A-Za-z0-9]{22})", text)
    if found is None:
        raise InvalidHash("this is no MD5-crypt hash: a salt of up to 8 and 22 characters are wanted")
    return PasswordHash("md5-crypt", text, found[1].encode(), 1_000, found[2].encode())


def _salted(scheme: str, octets: int) -> Callable[[str], PasswordHash]:
    def read(body: str) -> PasswordHash:
        decoded = _base64(body)
        if not octets < len(decoded) <= octets + 64:
            raise InvalidHash(f"{{{scheme.upper()}}} wants {octets} octets and a salt of up to 64, in base64")
        return PasswordHash(scheme, f"{{{scheme.upper()}}}{body}", decoded[octets:], 1, decoded[:octets])

    return read


def _pbkdf2(scheme: str, octets: int) -> Callable[[str], PasswordHash]:
    """``ROUNDS$SALT$KEY`` in base64 (also passlib's, with ``.`` for ``+``), perhaps after ``$pbkdf2-sha256$``."""

    def read(body: str) -> PasswordHash:
        found = re.fullmatch(r"(?:\$pbkdf2(?:-sha[0-9]{1,3})?\$|\$)?([1-9][0-9]{0,8})\$([^$]{1,128})\$([^$]{1,128})", body)
        if found is None:
            raise InvalidHash(f"{{{scheme.upper()}}} wants ROUNDS$SALT$KEY")
        rounds = int(found[1])
        salt, key = (_base64(part.replace(".", "+").rstrip("=")) for part in (found[2], found[3]))
        if len(key) != octets:
            raise InvalidHash(f"{{{scheme.upper()}}} wants a key of {octets} octets")
        _require_rounds(rounds)
        return PasswordHash(scheme, f"{{{scheme.upper()}}}{body}", salt, rounds, key)

    return read


def _dovecot_pbkdf2(body: str) -> PasswordHash:
    """``$1$SALT$ROUNDS$HEX`` of 20 octets, SHA-1 over the salt as written."""
    found = re.fullmatch(r"\$1\$([^$]{1,64})\$([1-9][0-9]{0,8})\$([0-9A-Fa-f]{40})", body)
    if found is None:
        raise InvalidHash("{PBKDF2} wants $1$SALT$ROUNDS$ and 40 hexadecimal digits")
    _require_rounds(int(found[2]))
    return PasswordHash("pbkdf2-sha1", f"{{PBKDF2}}{body}", found[1].encode(), int(found[2]), bytes.fromhex(found[3]))


def _require_rounds(rounds: int) -> None:
    if not LEAST_ROUNDS <= rounds <= PBKDF2_ROUNDS:
        raise InvalidHash(f"a PBKDF2 hash of {rounds} rounds is not taken: {LEAST_ROUNDS} to {PBKDF2_ROUNDS}")


def _argon2id(text: str) -> PasswordHash:
    found = re.fullmatch(
        r"\$argon2id\$v=19\$m=([1-9][0-9]{0,7}),t=([1-9][0-9]{0,3}),p=([1-9][0-9]?)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}",
        text,
    )
    if found is None:
        raise InvalidHash("this is no argon2id hash: $argon2id$v=19$m=…,t=…,p=…$SALT$KEY is wanted")
    memory, passes = int(found[1]), int(found[2])
    if memory > ARGON2_KIBIBYTES or memory * passes > ARGON2_WORK:
        raise InvalidHash(f"an argon2id hash of {memory} KiB and {passes} passes costs too much to check")
    return PasswordHash("argon2id", text, rounds=passes)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidHash("the hash is not base64") from None


_CRYPT: Final[dict[str, Callable[[str], PasswordHash]]] = {
    "$2": _bcrypt,
    "$6$": _sha_crypt("sha512-crypt", 86),
    "$5$": _sha_crypt("sha256-crypt", 43),
    "$1$": _md5_crypt,
    "$argon2id$": _argon2id,
    "$pbkdf2-sha512$": _pbkdf2("pbkdf2-sha512", 64),
    "$pbkdf2-sha256$": _pbkdf2("pbkdf2-sha256", 32),
    "$pbkdf2$": _pbkdf2("pbkdf2-sha1", 20),
}
_NAMED: Final[dict[str, Callable[[str], PasswordHash]]] = {
    "SSHA": _salted("ssha", 20),
    "SSHA256": _salted("ssha256", 32),
    "SSHA512": _salted("ssha512", 64),
    "PBKDF2": _dovecot_pbkdf2,
    "PBKDF2-SHA1": _pbkdf2("pbkdf2-sha1", 20),
    "PBKDF2-SHA256": _pbkdf2("pbkdf2-sha256", 32),
    "PBKDF2-SHA512": _pbkdf2("pbkdf2-sha512", 64),
}
