"""DNS block and allow lists: what to ask, and what an answer means (RFC 5782)."""

import ipaddress
from collections.abc import Iterable
from typing import Final

import msgspec

from posthouse.foundation.errors import Invalid

_LOCAL: Final = ipaddress.ip_network("127.0.0.0/8")
_ERRORS: Final = ipaddress.ip_network("127.255.255.0/24")
"""What the large lists answer to who may not ask: no listing."""


class DnsList(msgspec.Struct, frozen=True):
    """One list as the setting names it."""

    zone: str
    low: int = int(_LOCAL[0])
    high: int = int(_LOCAL[-1])
    """The answers that count, as numbers, both inclusive."""


def parse_dns_list(text: str) -> DnsList:
    """Read ``zone``, ``zone:127.0.0.2`` or ``zone:127.0.0.4-11`` (a range of the last number).

    Raises: Invalid.
    """
    zone, colon, answers = text.strip().lower().partition(":")
    if not zone.strip("."):
        raise Invalid(f"{text!r} names no list: write zone, zone:127.0.0.2 or zone:127.0.0.4-11")
    if not colon:
        return DnsList(zone.strip("."))
    first, dash, last = answers.partition("-")
    try:
        low = ipaddress.IPv4Address(first)
        high = ipaddress.IPv4Address(f"{first.rpartition('.')[0]}.{last}") if dash else low
    except ValueError as error:
        raise Invalid(f"{answers!r} are no answers of the list {zone}: write 127.0.0.2 or 127.0.0.4-11") from error
    return DnsList(zone.strip("."), int(low), int(high))


def question_name(address: str, zone: str) -> str:
    """The name to ask for A records: the address backwards below the zone. Raises: ValueError for no address."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return f"{pointer.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{zone}"


def listing(dns_list: DnsList, records: Iterable[str]) -> str:
    """The first answer that means *listed*; empty where none does: only 127/8 counts, a resolver that invents answers does not."""
    for record in records:
        try:
            answer = ipaddress.IPv4Address(record)
        except ValueError:
            continue
        if answer in _LOCAL and answer not in _ERRORS and dns_list.low <= int(answer) <= dns_list.high:
            return record
    return ""
