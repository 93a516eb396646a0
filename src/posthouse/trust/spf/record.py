"""SPF records (RFC 7208 §4.5 and §12): characters to terms. One error for all that is wrong with one."""

import ipaddress
import re
from typing import Final

import msgspec

from posthouse.trust.spf.macros import MacroString, domain_spec, macro_string
from posthouse.trust.spf.verdict import Result

_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*+)(.*)")
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\Z")
_ONE_CIDR = re.compile(r"/(0|[1-9][0-9]{0,2})")
_QUALIFIERS: Final = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}
_WITH_CIDR: Final = ("a", "mx")
_DOMAIN_WANTED: Final = ("include", "exists")
_NAMES: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
RECORD_OCTETS: Final = 8_192
"""Longest record that is read: it is work for whoever receives, and RFC 7208 §3.4 wants it in a datagram."""
_PRINTED = re.compile(r"[ -~]*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidRecord(ValueError):
    """The record breaks the grammar (permerror); the message names the term."""


class Mechanism(msgspec.Struct, frozen=True, kw_only=True):
    """One mechanism: ``result`` is what a match means."""

    text: str
    """As written in the record."""
    result: Result
    name: str
    """Lower case."""
    domain: MacroString | None = None
    network: Network | None = None
    """Of ip4 and ip6."""
    prefix4: int = 32
    prefix6: int = 128


class Record(msgspec.Struct, frozen=True):
    """The terms of a record; unknown modifiers are left out."""

    mechanisms: tuple[Mechanism, ...]
    redirect: MacroString | None = None
    explanation: MacroString | None = None


def is_record(text: str) -> bool:
    """Whether a TXT record is an SPF record at all: ``v=spf1`` and a space or the end (§4.5)."""
    return text[:6].lower() == "v=spf1" and text[6:7] in {"", " "}


def record(text: str) -> Record:
    """Parse a record that ``is_record``.

    Raises: InvalidRecord.
    """
    if len(text) > RECORD_OCTETS:
        raise InvalidRecord("the record is too long")
    if not _PRINTED.fullmatch(text):
        raise InvalidRecord("the record has characters that are not printable ASCII")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, MacroString] = {}
    for term in filter(None, text[6:].split(" ")):
        match = _TERM.fullmatch(term)
        if match is None:
            raise InvalidRecord(f"{term} is no term")
        try:
            if match[3].startswith("=") and not match[1]:
                _modifier(match[2].lower(), match[3][1:], modifiers)
            else:
                mechanisms.append(_mechanism(term, match[1], match[2].lower(), match[3]))
        except ValueError as error:
            raise InvalidRecord(f"{term}: {error}") from None
    return Record(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _modifier(name: str, value: str, modifiers: dict[str, MacroString]) -> None:
    if name not in {"redirect", "exp"}:
        macro_string(value)
        return
    if name in modifiers:
        raise InvalidRecord("comes twice")
    modifiers[name] = domain_spec(value)


def _mechanism(term: str, qualifier: str, name: str, rest: str) -> Mechanism:
    result = _QUALIFIERS[qualifier]
    if name not in _NAMES:
        raise InvalidRecord("there is no such mechanism")
    if name in {"ip4", "ip6"}:
        return Mechanism(text=term, result=result, name=name, network=_network(name, rest))
    prefix4, prefix6 = 32, 128
    if name in _WITH_CIDR:
        rest, prefix4, prefix6 = _dual_cidr(rest)
    if name == "all" and rest:
        raise InvalidRecord("takes nothing")
    if rest and not rest.startswith(":"):
        raise InvalidRecord("has something behind its name")
    if name in _DOMAIN_WANTED and not rest:
        raise InvalidRecord("needs a domain")
    domain = domain_spec(rest[1:]) if rest else None
    return Mechanism(text=term, result=result, name=name, domain=domain, prefix4=prefix4, prefix6=prefix6)


def _dual_cidr(rest: str) -> tuple[str, int, int]:
    # The pattern is tried where it can begin only: a prefix length has no more than eight characters.
    match = next(found for at in range(max(len(rest) - 8, 0), len(rest) + 1) if (found := _CIDR.match(rest, at)))
    prefix4, prefix6 = int(match[1] or 32), int(match[2] or 128)
    if prefix4 > 32 or prefix6 > 128:
        raise InvalidRecord("has a prefix that is too long")
    return rest[: match.start()], prefix4, prefix6


def _network(name: str, rest: str) -> Network:
    address, slash, prefix = rest[1:].partition("/")
    if not rest.startswith(":") or "%" in address or (slash and not _ONE_CIDR.fullmatch(slash + prefix)):
        raise InvalidRecord("needs an address")
    if name == "ip4":
        return ipaddress.IPv4Network(f"{ipaddress.IPv4Address(address)}/{prefix or 32}", strict=False)
    return ipaddress.IPv6Network(f"{ipaddress.IPv6Address(address)}/{prefix or 128}", strict=False)
