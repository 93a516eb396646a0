"""Which servers to try for a destination, in which order (RFC 5321 §5.1, the setting ``routes``), and what TLS is asked for."""

from itertools import groupby
from typing import Any, Final

import msgspec

from posthouse.formats.address.domain import literal_address
from posthouse.foundation.errors import Invalid, NotFound, Unavailable
from posthouse.model.route import DIRECT, PORTS, Target, TlsMode, chosen_route, is_route, parse_targets
from posthouse.model.settings.relay import RELAY_HELO, RELAY_SOURCE_ADDRESSES, ROUTES
from posthouse.ports.entropy import Entropy
from posthouse.ports.resolver import MailExchanger, Resolver
from posthouse.ports.transmitter import Level, Route, Security
from posthouse.services.relay.answer import Undeliverable
from posthouse.services.relay.tls.policies import TlsPolicies, Unsafe
from posthouse.services.settings import Settings

EXCHANGERS: Final = 10
"""Servers tried in one attempt."""
_LEVELS: Final = {
    TlsMode.NONE: Level.NEVER,
    TlsMode.OPPORTUNISTIC: Level.OPPORTUNISTIC,
    TlsMode.REQUIRED: Level.ENCRYPTED,
    TlsMode.VERIFIED: Level.VERIFIED,
}


class NoneSafe(Unavailable):
    """There are servers, and none of them may be given mail now."""


class Wishes(msgspec.Struct, frozen=True):
    """What a message wants of its way."""

    sender_domain: str = ""
    """Normalised domain of the reverse-path: it may have routes, a name and addresses of its own."""
    require_tls: bool = False
    tls_optional: bool = False


NO_WISHES: Final = Wishes()


class Routing:
    """Finds routes anew for each attempt: the DNS and the settings may have changed."""

    def __init__(self, hostname: str, settings: Settings, resolver: Resolver, entropy: Entropy, policies: TlsPolicies) -> None:
        self._hostname = hostname.lower()
        self._settings = settings
        self._resolver = resolver
        self._entropy = entropy
        self._policies = policies

    async def routes(self, destination: str, wishes: Wishes = NO_WISHES) -> list[Route]:
        """Servers for a destination: a normalised domain, or a route by hand (``smtp://host:port``).

        Raises: Undeliverable; Unavailable (ask again later).
        """
        text = destination if is_route(destination) else await self._configured(destination, wishes)
        try:
            targets = parse_targets(text)
        except Invalid as error:
            raise Unavailable(str(error)) from error  # the operator's mistake must cost no message
        helo = await self._settings.get(RELAY_HELO, domain=wishes.sender_domain)
        addresses = await self._settings.get(RELAY_SOURCE_ADDRESSES, domain=wishes.sender_domain)
        routes: list[Route] = []
        for target in targets:
            try:
                routes += await self._to(target, destination, wishes)
            except Undeliverable:
                if not routes:
                    raise
                break
            except Unavailable:
                if not routes and target is targets[-1]:
                    raise
        if not helo and not addresses:
            return routes
        return [msgspec.structs.replace(route, helo=helo, sources=tuple(addresses)) for route in routes]

    async def _configured(self, destination: str, wishes: Wishes) -> str:
        own, everybodys = await self._settings.get(ROUTES, domain=wishes.sender_domain), self._settings[ROUTES]
        return chosen_route(own, destination) or chosen_route(everybodys, destination) or DIRECT

    async def _to(self, target: Target, destination: str, wishes: Wishes) -> list[Route]:
        if target.scheme == "refuse":
            raise Undeliverable("5.7.1", target.host)
        if target.scheme == DIRECT:
            return await self._direct(destination, wishes)
        return [_fixed(target, wishes)]

    async def _direct(self, domain: str, wishes: Wishes) -> list[Route]:
        if is_route(domain):
            raise Undeliverable("5.4.4", "a route by hand has no servers in the DNS")
        address = literal_address(domain)
        if address is not None:
            if wishes.require_tls:
                raise Undeliverable("5.7.30", "nobody vouches for an address that is written in numbers")
            return [Route("smtp", str(address), PORTS["smtp"])]
        hosts = await self._exchangers(domain)
        if wishes.tls_optional and not wishes.require_tls:
            return [Route("smtp", host, PORTS["smtp"]) for host in hosts]
        policy = await self._policies.of_domain(domain)
        routes, trouble = [], ""
        for host in hosts:
            try:
                security = await self._policies.of_host(policy, host, required=wishes.require_tls)
            except Unsafe as error:
                trouble = str(error)
            else:
                routes.append(Route("smtp", host, PORTS["smtp"], security=security))
        if routes:
            return routes
        if wishes.require_tls:
            raise Undeliverable("5.7.30", trouble)
        raise NoneSafe(trouble)

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


def _fixed(target: Target, wishes: Wishes) -> Route:
    values: dict[str, Any] = msgspec.structs.asdict(target)
    level = _LEVELS[target.tls]
    if wishes.require_tls:
        if target.scheme not in {"smtp", "smtps", "lmtp"} or target.host.startswith("/"):
            raise Undeliverable("5.7.30", f"{target.words} cannot promise TLS onwards")
        level = Level.VERIFIED
    elif wishes.tls_optional and not target.user and target.scheme != "smtps":
        level = Level.NEVER if level is Level.NEVER else Level.OPPORTUNISTIC
    return Route(**values, security=Security(level, target.name))
