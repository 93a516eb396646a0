"""Under which names senders are remembered: networks instead of addresses, senders without what changes in every message."""

import ipaddress
import re
from typing import Final

_CHANGING: Final = re.compile(r"[0-9a-f]{12,}|[0-9]+")
IPV4_BITS: Final = 24
IPV6_BITS: Final = 64


def network_of(address: str) -> str:
    """The network a large sender spreads its servers over: /24 of IPv4, /64 of IPv6. What is no address stays as it is."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, IPV4_BITS if ip.version == 4 else IPV6_BITS), strict=False))


def sender_of(key: str) -> str:
    """The sender with numbers and long codes made alike: lists and shops write from another address each time (VERP)."""
    local_part, at, domain = key.rpartition("@")
    return f"{_CHANGING.sub('#', local_part)}{at}{domain}"
