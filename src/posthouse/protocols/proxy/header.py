"""The header before the first octet of a connection: its length first, then what it says.

Version 1 is one line (``PROXY TCP4 192.0.2.7 198.51.100.1 51234 25`` with CRLF, at most 107 octets), version 2 binary behind a
signature that no mail client can send by accident. Specification: haproxy.org, proxy-protocol.txt (2020).
"""

import ipaddress
import struct
from typing import Final

import msgspec

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
FIRST_OCTETS: Final = 12
"""Enough to tell the versions apart; either header is longer."""
LINE_OCTETS: Final = 107
"""Longest header of version 1, CRLF included."""
FIXED_OCTETS: Final = 16
"""The part of version 2 that says how long the rest is."""
REST_OCTETS: Final = 16_384
"""Longest rest of version 2 that is taken: two addresses and some notes."""
_INET: Final = struct.Struct("!4s4sHH")
_INET6: Final = struct.Struct("!16s16sHH")
_PORTS: Final = 65_535


class InvalidProxyHeader(ValueError):
    """The octets are no PROXY header; the message says what is wrong."""


class Proxied(msgspec.Struct, frozen=True):
    """Whose connection it is; both empty where the proxy speaks for itself (a health check) or does not know."""

    address: str = ""
    port: int = 0


def is_version_1(first: bytes) -> bool:
    """Whether a header that begins with these twelve octets is a line. Raises: InvalidProxyHeader for neither version."""
    if first[:FIRST_OCTETS] == SIGNATURE:
        return False
    if first.startswith(b"PROXY "):
        return True
    raise InvalidProxyHeader("a connection from a proxy begins with a PROXY header")


def parse_line(line: bytes) -> Proxied:
    """Read a header of version 1, without its CRLF. Raises: InvalidProxyHeader."""
    words = line.split(b" ")
    if words[:2] == [b"PROXY", b"UNKNOWN"]:
        return Proxied()
    if len(words) != 6 or words[0] != b"PROXY" or words[1] not in {b"TCP4", b"TCP6"}:
        raise InvalidProxyHeader("PROXY TCP4 or TCP6, two addresses and two ports are expected")
    try:
        kind = ipaddress.IPv4Address if words[1] == b"TCP4" else ipaddress.IPv6Address
        source = kind(words[2].decode("ascii"))
        kind(words[3].decode("ascii"))
    except ValueError as error:
        raise InvalidProxyHeader(f"PROXY names no address: {error}") from None
    port, _ = _port(words[4]), _port(words[5])
    return Proxied(str(source), port)


def rest_octets(fixed: bytes) -> int:
    """How many octets follow the first sixteen of version 2. Raises: InvalidProxyHeader."""
    version, length = fixed[12] >> 4, int.from_bytes(fixed[14:16], "big")
    if fixed[:FIRST_OCTETS] != SIGNATURE or version != 2 or fixed[12] & 15 > 1:
        raise InvalidProxyHeader("this is no PROXY header of version 2")
    if length > REST_OCTETS:
        raise InvalidProxyHeader(f"a PROXY header has at most {REST_OCTETS} octets")
    return length


def parse_binary(fixed: bytes, rest: bytes) -> Proxied:
    """Read a header of version 2: its first sixteen octets and what follows them. Raises: InvalidProxyHeader."""
    if rest_octets(fixed) != len(rest):
        raise InvalidProxyHeader("the PROXY header is cut off")
    local, family = fixed[12] & 15 == 0, fixed[13]
    if local or family not in {0x11, 0x21}:
        return Proxied()
    layout = _INET if family == 0x11 else _INET6
    if len(rest) < layout.size:
        raise InvalidProxyHeader("the PROXY header is too short for its addresses")
    source, _, port, _ = layout.unpack_from(rest)
    return Proxied(str(ipaddress.ip_address(source)), port)


def _port(word: bytes) -> int:
    if not word.isdigit() or len(word) > 5 or int(word) > _PORTS:
        raise InvalidProxyHeader("PROXY names no port")
    return int(word)
