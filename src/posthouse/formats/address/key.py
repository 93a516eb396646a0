"""Keys under which addresses and domains are looked up: one key for all spellings of one thing."""

import unicodedata

from posthouse.formats.address.domain import a_label
from posthouse.formats.address.value import Address


def address_key(address: Address) -> str:
    """Return the normalised key ``local@domain``: domain as ``domain_key``, local part case-folded and in NFC.

    The special recipient Postmaster without a domain (RFC 5321 §4.5.1) has the key ``postmaster``. The local part may
    contain ``@``; the domain never does.
    Raises: InvalidDomain (a ValueError).
    """
    local_part = local_part_key(address.local_part)
    return f"{local_part}@{domain_key(address.domain)}" if address.domain else local_part


def domain_key(domain: str) -> str:
    """Return the lower-case A-label form, without a final dot; address literals in one spelling.

    Raises: InvalidDomain (a ValueError).
    """
    return a_label(domain.removesuffix("."))


def local_part_key(local_part: str) -> str:
    """Return the local part for caseless comparison: canonical caseless matching (Unicode §3.13, D145), then NFC."""
    if local_part.isascii():
        return local_part.lower()
    folded = unicodedata.normalize("NFD", local_part).casefold()
    return unicodedata.normalize("NFC", folded)
