"""Which servers to try for a destination, in which order (RFC 5321 §5.1, the setting ``routes``)."""

from itertools import groupby
from typing import Final
from urllib.parse import unquote, urlsplit

from posthouse.formats.address.domain import literal_address
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.model.settings import ROUTES
from posthouse.ports.entropy import Entropy
from posthouse.ports.resolver import MailExchanger, Resolver
from posthouse.ports.transmitter import Route
from posthouse.services.relay.answer import Undeliverable
from posthouse.services.settings import Settings

PORTS: Final = {"smtp": 25, "smtps": 465, "lmtp": 24}
DIRECT: Final = "mx"
ALL_OTHERS: Final = "*"
EXCHANGERS: Final = 10
"""Servers tried in one attempt."""


class Routing:
    """Finds routes anew for each attempt: the DNS and the settings may have changed."""

    def __init__(self, hostname: str, settings: Settings, resolver: Resolver, entropy: Entropy) -> None:
        self._hostname = hostname.lower()
        self._settings = settings
        self._resolver = resolver
        self._entropy = entropy

    async def routes(self, destination: str) -> list[Route]:
        """Servers for a destination: a normalised domain, or a route by hand (``smtp://host:port``).

        Raises: Undeliverable; Unavailable (ask again later).
        """
        if "://" in destination:
            return [parse_route(destination)]
        configured = self._settings[ROUTES]
        chosen = configured.get(destination, configured.get(ALL_OTHERS, DIRECT))
        if chosen != DIRECT:
            return [parse_route(chosen)]
        address = literal_address(destination)
        if address is not None:
            return [Route("smtp", str(address), PORTS["smtp"])]
        return [Route("smtp", host, PORTS["smtp"]) for host in await self._exchangers(destination)]

    async def _exchangers(self, domain: str) -> list[str]:
        try:
            found = await self._resolver.mail_exchangers(domain)
        except NotFound:
            raise Undeliverable("5.1.2", f"there is no domain {domain} that receives mail") from None
        if any(not exchanger.host for exchanger in found):
            raise Undeliverable("5.1.10", f"the domain {domain} does not accept mail")
        nearer = self._nearer_than_us(found)
        if not nearer:
            raise Undeliverable("5.4.6", f"mail for {domain} leads back to this server, which is not responsible for it")
        return self._ordered(nearer)[:EXCHANGERS]

    def _nearer_than_us(self, found: list[MailExchanger]) -> list[MailExchanger]:
        """RFC 5321 §5.1: where we are in the list ourselves, only better ones are tried."""
        ours = [e.preference for e in found if e.host.lower().rstrip(".") == self._hostname]
        return [exchanger for exchanger in found if not ours or exchanger.preference < min(ours)]

    def _ordered(self, found: list[MailExchanger]) -> list[str]:
        """By preference; equals in random order."""
        order = sorted(found, key=lambda exchanger: exchanger.preference)
        hosts: list[str] = []
        for _, equals in groupby(order, key=lambda exchanger: exchanger.preference):
            drawn = [(self._entropy.octets(8), exchanger.host) for exchanger in equals]
            hosts += [host for _, host in sorted(drawn)]
        return hosts


def parse_route(text: str) -> Route:
    """Read ``smtp://user:password@host:port`` (also ``smtps``, ``lmtp``); the port may be left out.

    Raises: Unavailable when it is no route: the operator's mistake must cost no message.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS[parts.scheme]
        host = parts.hostname
    except (ValueError, KeyError):
        host = None
    if not host:
        raise Unavailable(
            f"the route {text.rpartition('@')[2]!r} cannot be understood: use smtp://host:port, lmtp://host:port or mx"
        )
    return Route(parts.scheme, host, port, user=unquote(parts.username or ""), password=unquote(parts.password or ""))
