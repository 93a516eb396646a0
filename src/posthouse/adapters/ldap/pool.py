"""Connections to the servers of a source: the first server that answers, and connections kept for the next who asks."""

import asyncio
import contextlib
import ipaddress
import logging
import ssl
import urllib.parse
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from posthouse.adapters.ldap.link import LdapLink, LinkLost, open_link
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.model.settings.outside import LOOPBACK
from posthouse.ports.clock import Clock
from posthouse.ports.resolver import Resolver
from posthouse.ports.signing_in.outside_people import PeopleSource

T = TypeVar("T")
LINKS: Final = 8
"""Connections to one source that are kept."""
BUDGET_SECONDS: Final = 8.0
"""Nobody waits longer: a login ends within ten (capability A9)."""
IDLE_SECONDS: Final = 60.0
AWAY_SECONDS: Final = 30.0
"""A server that did not answer is the last one to be asked for so long."""
NONE_SECONDS: Final = 3.0
"""Where none has answered nobody is asked for so long: the next one need not wait for that."""
ADDRESSES: Final = 4
_PORTS: Final = {"ldap": 389, "ldaps": 636}
_log = logging.getLogger(__name__)


class Pool:
    """The connections of one source."""

    def __init__(self, source: PeopleSource, resolver: Resolver, clock: Clock) -> None:
        self._source = source
        self._resolver = resolver
        self._clock = clock
        self._idle: deque[tuple[LdapLink, asyncio.TimerHandle]] = deque()
        self._away: dict[str, float] = {}
        """Since when a server has not answered."""
        self._none_until = 0.0

    async def do(self, work: Callable[[LdapLink], Awaitable[T]]) -> T:
        """Do something over a connection; what has broken since it was used last is done again over a new one.

        Raises: Unavailable, also after ``BUDGET_SECONDS``.
        """
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                kept = self._kept()
                if kept is not None:
                    with contextlib.suppress(LinkLost):
                        async with self._lent(kept):
                            return await work(kept)
                async with self.new() as link:
                    return await work(link)
        except TimeoutError:
            raise Unavailable(f"LDAP does not answer within {BUDGET_SECONDS:.0f} s") from None
        except LinkLost as error:
            raise Unavailable(f"LDAP does not answer ({error})") from error

    @asynccontextmanager
    async def new(self) -> AsyncIterator[LdapLink]:
        """A new connection of one's own. Raises: Unavailable; what breaks meanwhile is LinkLost."""
        link = await self._opened()
        async with self._lent(link):
            yield link

    @asynccontextmanager
    async def _lent(self, link: LdapLink) -> AsyncIterator[None]:
        """Use a connection; afterwards it is kept, if nothing went wrong."""
        try:
            yield
        except BaseException:
            link.abort()
            raise
        if len(self._idle) >= LINKS:
            self._end_oldest()
        self._idle.append((link, asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_oldest)))

    def close(self) -> None:
        """End the connections nobody uses."""
        while self._idle:
            self._end_oldest()

    def _end_oldest(self) -> None:
        link, timer = self._idle.popleft()
        timer.cancel()
        link.close()

    def _kept(self) -> LdapLink | None:
        """The connection that was used last, if it still stands."""
        while self._idle:
            link, timer = self._idle.pop()
            timer.cancel()
            if link.is_fresh:
                return link
            link.abort()
        return None

    async def _opened(self) -> LdapLink:
        """A connection to the first server that answers; those that did not a moment ago come last. Raises: Unavailable."""
        now = self._clock.now()
        if now < self._none_until:
            raise Unavailable("LDAP did not answer a moment ago: try again")
        servers = sorted(self._source.servers, key=lambda url: now - self._away.get(url, float("-inf")) < AWAY_SECONDS)
        trouble = "no LDAP server is set"
        for url in servers:
            try:
                link = await self._connected(url)
            except (OSError, ValueError, PosthouseError) as error:
                trouble = f"{url}: {error}"
                if isinstance(error, ssl.SSLCertVerificationError):
                    trouble = f"{url}: its certificate is not accepted: {error.verify_message}"
                self._away[url] = now
                _log.warning("LDAP: %s", trouble)
            else:
                self._away.pop(url, None)
                return link
        self._none_until = now + NONE_SECONDS
        raise Unavailable(f"LDAP does not answer ({trouble})")

    async def _connected(self, url: str) -> LdapLink:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        if parts.scheme == "ldap" and not self._source.start_tls and host not in LOOPBACK:
            raise Unavailable("passwords go over the wire in clear only to the machine itself: set ldap.start_tls")
        context = None
        if parts.scheme == "ldaps" or self._source.start_tls:
            context = ssl.create_default_context(cafile=self._source.ca_file or None)
        trouble: Exception = LinkLost("it has no address")
        for address in (await self._addresses(host))[:ADDRESSES]:
            try:
                link = await open_link(address, port, host, context if parts.scheme == "ldaps" else None)
            except LinkLost as error:
                trouble = error
                continue
            try:
                if context is not None and parts.scheme == "ldap":
                    await link.start_tls(context, host)
            except BaseException:
                link.abort()
                raise
            return link
        raise trouble

    async def _addresses(self, host: str) -> list[str]:
        if host == "localhost":
            return ["127.0.0.1", "::1"]
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolver.addresses(host)
