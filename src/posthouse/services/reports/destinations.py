"""Where a domain wants its reports: only what it has said itself, and whoever takes them for it has agreed to (RFC 7489 §7.1)."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from posthouse.formats.address.domain import InvalidDomain, a_label
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotFound
from posthouse.ports.resolver import Resolver

DESTINATIONS: Final = 5
_SIZE: Final = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
_TLS_RECORD: Final = re.compile(r"\s*v=TLSRPTv1\s*;(.*)", re.DOTALL)


def mail_addresses(uris: Sequence[str]) -> list[Address]:
    """The addresses among ``mailto:`` URIs, the size limit at their end left out; whatever is malformed is passed over."""
    found = []
    for uri in uris:
        scheme, colon, rest = uri.strip().partition(":")
        if scheme.lower() != "mailto" or not colon:
            continue
        try:
            address = parse_mailbox(unquote(_SIZE.sub("", rest).partition("?")[0]))
            a_label(address.domain)
        except (InvalidMailbox, InvalidDomain):
            continue
        found.append(address)
    return found[:DESTINATIONS]


async def agreed(resolver: Resolver, policy_domain: str, addresses: Sequence[Address]) -> list[Address]:
    """Those of the addresses that are the domain's own, or whose domain says that it takes these reports. Raises: Unavailable."""
    found = []
    for address in addresses:
        domain = a_label(address.domain)
        own = domain == policy_domain or domain.endswith(f".{policy_domain}") or policy_domain.endswith(f".{domain}")
        if own or await _takes(resolver, f"{policy_domain}._report._dmarc.{domain}"):
            found.append(address)
    return found


async def tls_destinations(resolver: Resolver, domain: str) -> list[Address]:
    """Where a domain wants TLS reports (RFC 8460 §3). Raises: Unavailable."""
    try:
        records = (await resolver.query(f"_smtp._tls.{domain}", "TXT")).records
    except NotFound:
        return []
    matches = [match for record in records if (match := _TLS_RECORD.match(record))]
    if len(matches) != 1:
        return []
    for tag in matches[0][1].split(";"):
        name, _, value = tag.partition("=")
        if name.strip() == "rua":
            return mail_addresses(value.split(","))
    return []


async def _takes(resolver: Resolver, name: str) -> bool:
    try:
        return any(record.startswith("v=DMARC1") for record in (await resolver.query(name, "TXT")).records)
    except NotFound:
        return False
