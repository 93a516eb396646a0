"""What a domain looks like to the servers it sends to: the address it comes from, the name it says."""

import ipaddress
import re
from typing import Final

from posthouse.foundation.errors import Invalid

_NAME: Final = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*")
_LITERAL: Final = re.compile(r"\[(?:IPv6:)?[0-9A-Fa-f:.]{2,45}\]")


def check_source_addresses(addresses: list[str]) -> None:
    """See that these are addresses, at most one of each family. Raises: Invalid."""
    families = []
    for text in addresses:
        try:
            families.append(ipaddress.ip_address(text).version)
        except ValueError:
            raise Invalid(f"relay.source_addresses: {text!r} is no IP address") from None
    if len(set(families)) != len(families):
        raise Invalid("relay.source_addresses: one IPv4 and one IPv6 address at most")


def check_helo(name: str) -> None:
    """See that this is a host name or an address literal. Raises: Invalid."""
    if name and not _NAME.fullmatch(name) and not _LITERAL.fullmatch(name):
        raise Invalid(f"relay.helo: {name!r} is no host name")
