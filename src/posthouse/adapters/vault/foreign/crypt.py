"""MD5-crypt and SHA-crypt: what Unix kept in ``/etc/shadow``, and mail servers with it. Python 3.13 has no ``crypt`` any more.

Sources: U. Drepper, "Unix crypt using SHA-256 and SHA-512" (version 0.6, with the vectors of the tests); P.-H. Kamp's algorithm of
FreeBSD for ``$1$``.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

_ALPHABET: Final = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MD5_ORDER: Final = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
_MD5_ROUNDS: Final = 1_000


def md5_crypt(password: bytes, salt: bytes) -> bytes:
    """The 22 characters after ``$1$SALT$``."""
    between = hashlib.md5(password + salt + password, usedforsecurity=False).digest()
    start = password + b"$1$" + salt + _repeated(between, len(password))
    length = len(password)
    while length:
        start += b"\0" if length & 1 else password[:1]
        length >>= 1
    digest = hashlib.md5(start, usedforsecurity=False).digest()
    for round_ in range(_MD5_ROUNDS):
        digest = hashlib.md5(_mixed(round_, digest, password, salt), usedforsecurity=False).digest()
    groups = ((digest[a], digest[b], digest[c]) for a, b, c in _MD5_ORDER)
    return _written(groups) + _characters(digest[11], 2)


def sha_crypt(algorithm: str, password: bytes, salt: bytes, rounds: int) -> bytes:
    """The 43 (``sha256``) or 86 (``sha512``) characters after ``$5$SALT$`` or ``$6$SALT$``."""
    between = hashlib.new(algorithm, password + salt + password).digest()
    first = hashlib.new(algorithm, password + salt + _repeated(between, len(password)))
    length = len(password)
    while length:
        first.update(between if length & 1 else password)
        length >>= 1
    digest = first.digest()
    p = _repeated(hashlib.new(algorithm, password * len(password)).digest(), len(password))
    s = _repeated(hashlib.new(algorithm, salt * (16 + digest[0])).digest(), len(salt))
    make = getattr(hashlib, algorithm)
    for round_ in range(rounds):
        digest = make(_mixed(round_, digest, p, s)).digest()
    return _sha512_written(digest) if algorithm == "sha512" else _sha256_written(digest)


def _mixed(round_: int, digest: bytes, password: bytes, salt: bytes) -> bytes:
    """What is hashed in one round of either."""
    odd = round_ & 1
    middle = (salt if round_ % 3 else b"") + (password if round_ % 7 else b"")
    return password + middle + digest if odd else digest + middle + password


def _repeated(digest: bytes, octets: int) -> bytes:
    return (digest * (octets // len(digest) + 1))[:octets]


def _sha256_written(digest: bytes) -> bytes:
    turned = (
        (0, 10, 20),
        (21, 1, 11),
        (12, 22, 2),
        (3, 13, 23),
        (24, 4, 14),
        (15, 25, 5),
        (6, 16, 26),
        (27, 7, 17),
        (18, 28, 8),
        (9, 19, 29),
    )
    return _written((digest[a], digest[b], digest[c]) for a, b, c in turned) + _characters(digest[31] << 8 | digest[30], 3)


def _sha512_written(digest: bytes) -> bytes:
    # Rows 0, 21, 42 and so on, turned by one place from group to group.
    rows = ((number, number + 21, number + 42) for number in range(21))
    turned = (row[number % 3 :] + row[: number % 3] for number, row in enumerate(rows))
    return _written((digest[a], digest[b], digest[c]) for a, b, c in turned) + _characters(digest[63], 2)


def _written(groups: Iterable[tuple[int, int, int]]) -> bytes:
    return b"".join(_characters(high << 16 | middle << 8 | low, 4) for high, middle, low in groups)


def _characters(number: int, count: int) -> bytes:
    return bytes(_ALPHABET[number >> 6 * index & 63] for index in range(count))
