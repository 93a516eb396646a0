"""Under which names clients are counted: an address, and the network somebody may have all of."""

import ipaddress
from typing import Final

NEAR_BITS: Final = {4: 32, 6: 64}
"""What one client has: a household's IPv6 network is as one IPv4 address."""
WIDE_BITS: Final = {4: 24, 6: 48}
"""What one customer of a provider may have."""


def networks_of(address: str) -> tuple[str, str] | None:
    """The near and the wide network of an address (``192.0.2.1/32``, ``192.0.2.0/24``); None for what is no IP address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    near, wide = (ipaddress.ip_network((ip, bits[ip.version]), strict=False) for bits in (NEAR_BITS, WIDE_BITS))
    return str(near), str(wide)
