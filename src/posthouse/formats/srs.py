"""Sender addresses of forwarded mail (Sender Rewriting Scheme, as postsrsd and libsrs2 write it).

Who forwards a message sends it from a server that its author's SPF record does not name. The forwarder therefore puts an address of
its own into the envelope, which leads back to the author and which nobody else can make::

    alice@example.org          SRS0=HHHH=TT=example.org=alice@forwarder.example
    SRS0=…@first.example       SRS1=HHHH=first.example==…@forwarder.example

``HHHH`` is a keyed hash over all that follows it, ``TT`` the day it was made, modulo 1024. Pure: key and day are given.
"""

import hmac
from typing import Final

from posthouse.formats.address.value import Address

LIFE_DAYS: Final = 21
"""How long bounces are taken back."""
HASH_CHARACTERS: Final = 10
_DAYS: Final = 1_024
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class InvalidSrs(ValueError):
    """The address was not made by us, was made too long ago, or is no SRS address."""


def is_srs(local_part: str) -> bool:
    """Whether a local part looks like one of these."""
    return local_part[:5].upper() in {"SRS0=", "SRS1=", "SRS0+", "SRS1+", "SRS0-", "SRS1-"}


def forwarded(sender: Address, domain: str, key: bytes, day: int) -> Address:
    """The address to send from when mail of ``sender`` is forwarded by ``domain``; ``day`` counts days since 1970."""
    local_part = sender.local_part
    if is_srs(local_part) and local_part[3] == "1":
        # Already twice forwarded: the first forwarder stays in it, the second's part is ours now.
        _, _, rest = local_part[5:].partition("=")
        return Address(f"SRS1={_hash(rest, key)}={rest}", domain)
    if is_srs(local_part):
        rest = f"{sender.domain}={local_part[4:]}"
        return Address(f"SRS1={_hash(rest, key)}={rest}", domain)
    rest = f"{_stamp(day)}={sender.domain}={local_part}"
    return Address(f"SRS0={_hash(rest, key)}={rest}", domain)


def returned(local_part: str, key: bytes, day: int) -> Address:
    """The address a bounce to one of ours goes back to.

    Raises: InvalidSrs.
    """
    if not is_srs(local_part):
        raise InvalidSrs("this is no address of forwarded mail")
    given, equals, rest = local_part[5:].partition("=")
    # Case may have been lost on the way; the hash is over lower case.
    if not equals or not hmac.compare_digest(given.lower().encode(), _hash(rest, key).lower().encode()):
        raise InvalidSrs("this address of forwarded mail was not made here")
    if local_part[3] == "1":
        domain, equals, original = rest.partition("=")
        if not equals or not domain or not original:
            raise InvalidSrs("this address of forwarded mail is incomplete")
        return Address(f"SRS0{original}", domain)
    stamp, _, rest = rest.partition("=")
    domain, equals, original = rest.partition("=")
    if not equals or not domain or not original:
        raise InvalidSrs("this address of forwarded mail is incomplete")
    if (day - _day(stamp)) % _DAYS > LIFE_DAYS:
        raise InvalidSrs("this address of forwarded mail has expired")
    return Address(original, domain)


def _hash(rest: str, key: bytes) -> str:
    digest = hmac.digest(key, rest.lower().encode("utf-8", "surrogatepass"), "sha256")
    number = int.from_bytes(digest[:8], "big")
    return "".join(_DIGITS[(number >> (5 * place)) & 31] for place in range(HASH_CHARACTERS))


def _stamp(day: int) -> str:
    return _DIGITS[(day % _DAYS) >> 5] + _DIGITS[day & 31]


def _day(stamp: str) -> int:
    high, low = (_DIGITS.find(character) for character in stamp.upper()) if len(stamp) == 2 else (-1, -1)
    if high < 0 or low < 0:
        raise InvalidSrs("this address of forwarded mail has no date")
    return high << 5 | low
