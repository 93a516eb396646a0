"""Connections that are ready for MAIL: to one of the server's addresses, introduced, secured as asked, signed in."""

import ipaddress
import secrets
from collections.abc import Callable
from functools import partial
from typing import Final

from posthouse.adapters.smtp.driving import Drive
from posthouse.adapters.smtp.encrypting import NOT_SUPPORTED, Contexts, HandshakeFailed, check, failed, secure
from posthouse.adapters.smtp.link import Link, LinkLost, Place, open_link
from posthouse.adapters.smtp.pool import Prepared
from posthouse.ports.clock import Clock
from posthouse.ports.resolver import Resolver
from posthouse.ports.tls_results import TlsSession
from posthouse.ports.transmitter import Level, Route, Security
from posthouse.protocols.sasl.types import Credentials
from posthouse.protocols.smtp.client.handshake import Introduction, NotReady, Stage, Tls, introduce
from posthouse.protocols.smtp.types import Dialect

ADDRESSES: Final = 4
"""Addresses of one host that are tried."""
DIALECTS: Final = {"smtp": Dialect.SMTP, "smtps": Dialect.SMTP, "lmtp": Dialect.LMTP}
_TLS: Final = {
    Level.NEVER: Tls.NEVER,
    Level.OPPORTUNISTIC: Tls.WHERE_OFFERED,
    Level.ENCRYPTED: Tls.REQUIRED,
    Level.VERIFIED: Tls.REQUIRED,
    Level.DANE: Tls.REQUIRED,
}
_OPPORTUNISTIC: Final = Security()
Note = Callable[[TlsSession], None]
"""Counts how TLS went."""


class Preparing:
    """Opens connections; tells ``note`` how TLS went wherever a domain's reports are about it."""

    def __init__(self, hostname: str, resolver: Resolver, clock: Clock, note: Note, contexts: Contexts | None = None) -> None:
        self._hostname = hostname
        self._resolver = resolver
        self._clock = clock
        self._note = note
        self.contexts = contexts or Contexts()

    async def prepare(self, route: Route) -> Prepared:
        """A connection ready for MAIL. Raises: LinkLost with the last reason, NotFound, Unavailable."""
        if route.host.startswith("/"):
            return await self._introduced(route, Place(path=route.host), _OPPORTUNISTIC)
        failure = LinkLost(f"{route.host} has no address")
        for address in (await self._addresses(route.host))[:ADDRESSES]:
            place = Place(address, route.port, _source(route, address))
            try:
                return await self._prepare_at(route, place)
            except LinkLost as error:
                failure = error
        raise failure

    async def _addresses(self, host: str) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolver.addresses(host)

    async def _prepare_at(self, route: Route, place: Place) -> Prepared:
        security = route.security
        try:
            prepared = await self._introduced(route, place, security)
        except HandshakeFailed as error:
            self._count(route, place, error.result)
            if security.testing:
                return await self._in_any_way(route, place)
            if security.level is Level.OPPORTUNISTIC and not route.user and route.scheme != "smtps":
                return await self._introduced(route, place, Security(Level.NEVER))
            raise
        if security.level is not Level.NEVER and route.security.domain:
            self._count(route, place, "" if prepared.tls else NOT_SUPPORTED)
        return prepared

    async def _in_any_way(self, route: Route, place: Place) -> Prepared:
        """A policy that is only being tried out has failed: as if there were none."""
        try:
            return await self._introduced(route, place, _OPPORTUNISTIC)
        except HandshakeFailed:
            return await self._introduced(route, place, Security(Level.NEVER))

    async def _introduced(self, route: Route, place: Place, security: Security) -> Prepared:
        context, name = self.contexts.of(security.level), security.name or route.host
        at_once = route.scheme == "smtps"
        try:
            link = await open_link(place, context if at_once else None, name)
        except LinkLost as error:
            raise failed(error) if at_once and error.is_tls else error from error
        remote = route.host if route.host in {place.address, place.path} else f"{route.host} [{place.address}]"
        introduction = Introduction(
            route.helo or self._hostname,
            DIALECTS[route.scheme],
            Tls.STANDS if at_once else _TLS[security.level],
            Credentials(route.user, route.password) if route.user else None,
            secrets.token_urlsafe(18),
            route.mechanism,
        )
        try:
            ready = await Drive(link, secure=partial(self._secure, link, security, name)).run(introduce(introduction))
            if isinstance(ready, NotReady):
                raise _refused(ready, remote)
            return Prepared(link, ready.capabilities, remote, tls=check(link, security, name, self._clock.now()))
        except BaseException:
            link.abort()
            raise

    async def _secure(self, link: Link, security: Security, name: str) -> None:
        await secure(link, self.contexts.of(security.level), name)
        check(link, security, name, self._clock.now())  # before a word is said to whoever it is

    def _count(self, route: Route, place: Place, result: str) -> None:
        security = route.security
        if security.domain:
            kind, text = security.policy_type, security.policy_text
            self._note(TlsSession(kind, security.domain, route.host, result, place.address, text))


def _source(route: Route, address: str) -> str:
    """The address to come from, of the family we go to; empty: as the system likes."""
    version = ipaddress.ip_address(address).version
    return next((source for source in route.sources if ipaddress.ip_address(source).version == version), "")


def _refused(ready: NotReady, remote: str) -> LinkLost:
    words = f"{remote} refused at {ready.stage}: {ready.reply.code} {ready.reply.status} {ready.reply.text}"
    if ready.stage is Stage.STARTTLS:
        return HandshakeFailed(words, NOT_SUPPORTED)
    return LinkLost(words)
