"""Questions to the DNS over dnspython (port ``Resolver``): bounded in time, remembered as long as the records allow.

What fails is remembered for a moment too: while the DNS is away, not every message waits for it.

The AD bit is believed only where every resolver is the machine itself: on the way from anywhere else anybody could set it.
"""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from posthouse.adapters.dns.hosts import HostsFile
from posthouse.adapters.dns.memory import AnswerMemory
from posthouse.foundation.errors import NotFound, PosthouseError, Unavailable
from posthouse.ports.resolver import Answer, MailExchanger, NoDns

PORT: Final = 53
LONGEST_SECONDS: Final = 3_600.0
"""An answer is asked for again after this, whatever it allows."""
NOTHING_SECONDS: Final = 60.0
"""How long it is remembered that there is no such name, or no such record."""
FAILURE_SECONDS: Final = 3.0


class DnsResolver:
    """``servers`` gives ``host:port`` of each resolver (none: those of the machine), ``seconds`` the budget of a question."""

    def __init__(self, servers: Callable[[], Sequence[str]], seconds: Callable[[], float]) -> None:
        self._servers = servers
        self._seconds = seconds
        self._used: tuple[str, ...] | None = None
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._trusted = False
        self._hosts = HostsFile()
        self._memory: AnswerMemory[dns.resolver.Answer | None] = AnswerMemory()

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        """MX records by preference, or the domain itself where it has addresses only."""
        answer = await self._ask(domain, "MX")
        found = [MailExchanger(record.preference, _host(record.exchange)) for record in answer or ()]
        if not found:
            await self.addresses(domain)
            return [MailExchanger(0, domain)]
        return sorted(found, key=lambda exchanger: exchanger.preference)

    async def addresses(self, host: str) -> list[str]:
        """IPv6 and IPv4 addresses; those in the machine's table of hosts before all others."""
        if own := self._hosts.addresses(host):
            return own
        found: list[str] = []
        trouble: Unavailable | None = None
        for kind in ("AAAA", "A"):
            try:
                found += [record.address for record in await self._ask(host, kind) or ()]
            except Unavailable as error:
                trouble = error  # some servers fail on AAAA and answer A
        if not found:
            raise trouble or NotFound(f"{host} has no address")
        return found

    async def query(self, name: str, record_type: str) -> Answer:
        """Any question."""
        answer = await self._ask(name, record_type)
        if answer is None:
            return Answer(())
        secure = self._trusted and bool(answer.response.flags & dns.flags.AD)
        return Answer(tuple(_text(record) for record in answer), secure)

    async def _ask(self, name: str, record_type: str) -> dns.resolver.Answer | None:
        """The answer; None where the name has no records of the type. Raises: NotFound (no such name), Unavailable."""
        resolver = self._current()
        return await self._memory.recall((name.lower(), record_type), lambda: self._find(resolver, name, record_type))

    async def _find(
        self, resolver: dns.asyncresolver.Resolver, name: str, record_type: str
    ) -> tuple[dns.resolver.Answer | PosthouseError | None, float]:
        """The answer and how long it holds, in seconds."""
        try:
            answer = await resolver.resolve(name, record_type, lifetime=self._seconds(), raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return NotFound(f"there is no name {name} in the DNS"), NOTHING_SECONDS
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
            return NotFound(f"{name} cannot be a name in the DNS"), NOTHING_SECONDS
        except (dns.exception.DNSException, OSError) as error:
            return Unavailable(f"the DNS does not answer about {name}: {_reason(error)}"), FAILURE_SECONDS
        if answer.rrset is None:
            return None, NOTHING_SECONDS
        return answer, min(float(answer.rrset.ttl), LONGEST_SECONDS)

    def _current(self) -> dns.asyncresolver.Resolver:
        """The resolver of the servers that are wanted now."""
        servers = tuple(self._servers())
        if self._resolver is None or servers != self._used:
            self._resolver, self._used = _resolver(servers), servers
            self._memory.clear()
            self._trusted = all(_is_loopback(server) for server in self._resolver.nameservers)
        return self._resolver


def _reason(error: Exception) -> str:
    """Why there is no answer: how each server's last attempt ended; dnspython lists every one."""
    attempts = error.kwargs.get("errors") or () if isinstance(error, dns.exception.DNSException) else ()
    last = {str(server).removeprefix("Do53:"): reason for server, _, _, reason, _ in attempts}
    ended = (f"{server} {'is silent' if isinstance(reason, dns.exception.Timeout) else reason}" for server, reason in last.items())
    return "; ".join(ended) or str(error)


def _resolver(servers: Sequence[str]) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not servers)
    except dns.resolver.NoResolverConfiguration as error:
        raise NoDns("this machine has no DNS resolver: set dns.resolvers") from error
    if servers:
        resolver.nameservers = [_server(server) for server in servers]
    resolver.set_flags(dns.flags.RD | dns.flags.AD)
    return resolver


def _server(text: str) -> dns.nameserver.Nameserver:
    """Read ``192.0.2.1``, ``192.0.2.1:5353``, ``[2001:db8::1]:5353`` or a bare IPv6 address. Raises: Unavailable."""
    try:
        bare = text.count(":") > 1 and not text.startswith("[")
        parts = urlsplit(f"//[{text}]" if bare else f"//{text}")
        address = ipaddress.ip_address(parts.hostname or "")
        return dns.nameserver.Do53Nameserver(str(address), parts.port or PORT)
    except ValueError as error:
        raise Unavailable(f"{text!r} in dns.resolvers is no address of a resolver (like 192.0.2.1:53)") from error


def _is_loopback(server: str | dns.nameserver.Nameserver) -> bool:
    address = server if isinstance(server, str) else server.answer_nameserver()
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


def _text(record: object) -> str:
    """A record as text; the strings of a TXT record joined, without quotes (RFC 7208 §3.3)."""
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "surrogateescape")
    return str(record)
