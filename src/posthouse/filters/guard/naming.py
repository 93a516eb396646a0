"""Under which names clients are counted: an address, and the network somebody may have all of."""

import ipaddress
from typing import Final

NEAR_BITS: Final = {4: 32, 6: 64}
"""What one client has: a household's IPv6 network is as one IPv4 address."""
WIDE_BITS: Final = {4: 24, 6: 48}
"""What one customer of a provider may have."""


def plain_address(address: str) -> str | None:
    """An IP address without its zone, an IPv4 address that is mapped into IPv6 as itself; None for what is no IP address."""
    ip = _address(address)
    return None if ip is None else str(ip)


def networks_of(address: str) -> tuple[str, str] | None:
    """The near and the wide network of an address (``192.0.2.1/32``, ``192.0.2.0/24``); None for what is no IP address."""
    ip = _address(address)
    if ip is None:
        return None
    near, wide = (ipaddress.ip_network((ip, bits[ip.version]), strict=False) for bits in (NEAR_BITS, WIDE_BITS))
    return str(near), str(wide)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
