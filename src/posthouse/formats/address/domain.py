"""Domains of mail addresses: DNS names in A-label or U-label form, and address literals (RFC 5321 §4.1.3, RFC 5890, UTS #46)."""

import ipaddress
import re
from typing import Final

import idna

DOMAIN_OCTETS: Final = 253
"""Longest DNS name in its A-label form, without a final dot (RFC 1035 §2.3.4 counts 255 on the wire)."""
_LABEL_OCTETS: Final = 63
# Underscores are no part of a host name, but of names that receive mail all the same.
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*+(?<!-))?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*+(?<!-))?)*")
_GENERAL_LITERAL = re.compile(r"[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+")


class InvalidDomain(ValueError):
    """The characters are neither a domain name nor an address literal; the message says what is wrong."""


def check_domain(domain: str) -> str:
    """Return ``domain`` as written when it is a domain name (A-labels or U-labels) or an address literal with brackets.

    Raises: InvalidDomain.
    """
    a_label(domain)
    return domain


def a_label(domain: str) -> str:
    """Return the A-label form in lower case; an address literal in its shortest form.

    U-labels are mapped by UTS #46 (non-transitional, so that ``ß`` keeps its own name) and checked by IDNA2008.
    Raises: InvalidDomain.
    """
    if domain.startswith("["):
        return _literal(domain)
    if not domain:
        raise InvalidDomain("the domain is missing")
    ascii_form = domain.lower() if domain.isascii() else _encoded(domain)
    if len(ascii_form) > DOMAIN_OCTETS:
        raise InvalidDomain(f"a domain has at most {DOMAIN_OCTETS} octets")
    if not _HOST_NAME.fullmatch(ascii_form):
        raise InvalidDomain("a domain consists of letters, digits, hyphens and dots")
    if max(map(len, ascii_form.split("."))) > _LABEL_OCTETS:
        raise InvalidDomain(f"a label of a domain has at most {_LABEL_OCTETS} octets")
    return ascii_form


def u_label(domain: str) -> str:
    """Return the form for people: A-labels that can be decoded become U-labels; all else stays as it is. Never raises."""
    if "xn--" not in domain.lower() or len(domain) > DOMAIN_OCTETS:
        return domain
    return ".".join(_decoded(label) for label in domain.split("."))


def literal_address(domain: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address inside an IPv4 or IPv6 literal; None for any other domain."""
    if not (domain.startswith("[") and domain.endswith("]")):
        return None
    inside = domain[1:-1]
    try:
        if inside[:5].lower() == "ipv6:":
            return None if "%" in inside else ipaddress.IPv6Address(inside[5:])
        return ipaddress.IPv4Address(inside)
    except ValueError:
        return None


def _literal(domain: str) -> str:
    address = literal_address(domain)
    if isinstance(address, ipaddress.IPv6Address):
        return f"[ipv6:{address.compressed}]"
    if address is not None:
        return f"[{address}]"
    inside = domain[1:-1]
    general = _GENERAL_LITERAL.fullmatch(inside) and inside[:5].lower() != "ipv6:"
    if not (domain.endswith("]") and general and len(domain) <= DOMAIN_OCTETS):
        raise InvalidDomain("an address literal is [IPv4] or [IPv6:address]")
    return domain.lower()


def _encoded(domain: str) -> str:
    if len(domain) > DOMAIN_OCTETS:
        raise InvalidDomain(f"a domain has at most {DOMAIN_OCTETS} octets")
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except UnicodeError as error:
        raise InvalidDomain(f"not an internationalised domain name: {error}") from None


def _decoded(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return idna.decode(label.lower())
    except UnicodeError:
        return label
