"""Lists of clients and senders by hand: who is allowed or blocked, as people write it.

A pattern is an IP address (``192.0.2.1``), a network (``192.0.2.0/24``, ``2001:db8::/32``), a host name or domain with everything
below it (``example.org``), a mail address (``eve@example.org``), or any of the last three with ``*`` for any characters
(``mail-*.example.org``, ``*@example.org``). Looking is quick for many thousand patterns without ``*``; each with one is tried in
turn, in time linear to the name.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

NETWORK_BITS: Final = {4: 32, 6: 128}
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AccessList:
    """One list, made ready for looking; what cannot be understood matches nothing."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._networks: dict[tuple[int, int], dict[int, str]] = {}
        """By version and prefix length: the prefix as a number to the pattern."""
        self._names: dict[str, str] = {}
        self._wild: list[tuple[list[str], str]] = []
        for pattern in patterns:
            self._add(pattern.strip().lower(), pattern)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._networks or self._names or self._wild)

    def address(self, text: str) -> str | None:
        """The pattern that matches an IP address, the longest prefix first."""
        address = ip_address(text)
        if address is None:
            return None
        number, bits = int(address), NETWORK_BITS[address.version]
        for (version, length), prefixes in sorted(self._networks.items(), reverse=True):
            if version == address.version and (found := prefixes.get(number >> (bits - length))) is not None:
                return found
        return None

    def host(self, name: str) -> str | None:
        """The pattern that matches a host name or a domain."""
        name = name.lower().rstrip(".")
        for level in _levels(name):
            if level in self._names:
                return self._names[level]
        return self._by_wildcard(name)

    def sender(self, key: str) -> str | None:
        """The pattern that matches a mail address (its key), or its domain."""
        if key in self._names:
            return self._names[key]
        return self._by_wildcard(key) or self.host(key.rpartition("@")[2])

    def _add(self, pattern: str, written: str) -> None:
        try:
            network = ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            if "*" in pattern:
                self._wild.append((pattern.split("*"), written))
            elif pattern:
                self._names[pattern.removeprefix(".").rstrip(".")] = written
            return
        shift = network.max_prefixlen - network.prefixlen
        prefixes = self._networks.setdefault((network.version, network.prefixlen), {})
        prefixes[int(network.network_address) >> shift] = written

    def _by_wildcard(self, name: str) -> str | None:
        return next((written for pieces, written in self._wild if _fits(name, pieces)), None)


@lru_cache(maxsize=4096)
def ip_address(text: str) -> _Address | None:
    """The IP address in a text, an IPv4 address in IPv6 clothes as what it is; None where it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _levels(name: str) -> Iterator[str]:
    """``a.b.c``, ``b.c``, ``c``."""
    while name:
        yield name
        name = name.partition(".")[2]


def _fits(name: str, pieces: list[str]) -> bool:
    """Whether a name consists of the pieces with anything between them: each is taken as early as it can be."""
    first, *middle, last = pieces
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
