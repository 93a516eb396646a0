"""What the relay asks of the outside, canned: a resolver with a table, a transmitter that answers as told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.fakes import FakeClock
from tests.support.mail_house import HOSTNAME, MailHouse

from posthouse.adapters.memory.tls.policies import MemoryStsPolicies
from posthouse.adapters.memory.tls.results import MemoryTlsResults
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.clock import Clock
from posthouse.ports.queue import Queue
from posthouse.ports.resolver import Answer, MailExchanger, Resolver
from posthouse.ports.transmitter import Probe, Result, Route, Transmission
from posthouse.services.relay.parts import RelayParts
from posthouse.services.relay.tls.policies import TlsPolicies
from posthouse.services.relay.tls.tally import TlsTally
from posthouse.services.settings import Settings


@dataclass
class CannedResolver:
    """Domains to exchangers; an exception is raised, what is missing does not exist."""

    exchangers: dict[str, list[MailExchanger] | Exception] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer | Exception] = field(default_factory=dict)
    """Of ``query``, by name and record type."""

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        """From the table."""
        found = self.exchangers.get(domain, NotFound(domain))
        if isinstance(found, Exception):
            raise found
        return found

    async def addresses(self, host: str) -> list[str]:
        """Nothing has addresses."""
        raise NotFound(host)

    async def query(self, name: str, record_type: str) -> Answer:
        """From the table; what is missing cannot be found out."""
        found = self.answers.get((name, record_type), Unavailable(name))
        if isinstance(found, Exception):
            raise found
        return found


Say = Callable[[Route, Transmission], Sequence[Result]]


def everybody(code: int, status: str = "", text: str = "said", **more: Any) -> Say:
    """The same answer for every recipient."""
    more.setdefault("reached", code != 0 or bool(more.get("uncertain")))
    return lambda route, transmission: [Result(code, status, text, route.host, **more) for _ in transmission.recipients]


@dataclass
class CannedTransmitter:
    """Answers with ``says``; remembers what it was asked."""

    says: Say = field(default_factory=lambda: everybody(250, "2.0.0"))
    asked: list[tuple[Route, Transmission]] = field(default_factory=list)

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """As told."""
        self.asked.append((route, transmission))
        return self.says(route, transmission)

    async def probe(self, route: Route) -> Probe:
        """There, whatever it is."""
        return Probe(True, (f"spoke to {route.host}",))


@dataclass
class CannedPolicySource:
    """Domains to policy files; what is missing cannot be fetched."""

    texts: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, domain: str) -> str:
        """From the table."""
        self.asked.append(domain)
        if domain not in self.texts:
            raise Unavailable(f"sts-policy-fetch-error: mta-sts.{domain} is not there")
        return self.texts[domain]


def tls_policies(
    settings: Settings, resolver: Resolver, clock: Clock, source: CannedPolicySource | None = None
) -> tuple[TlsPolicies, MemoryTlsResults, TlsTally]:
    """Policies over memory; the results they count, and what counts them."""
    results = MemoryTlsResults()
    tally = TlsTally(results, clock)
    policies = TlsPolicies(settings, resolver, MemoryStsPolicies(), source or CannedPolicySource(), tally, clock)
    return policies, results, tally


def relay_parts(house: MailHouse, transmitter: CannedTransmitter, clock: FakeClock, queue: Queue | None = None) -> RelayParts:
    """Parts whose outside is canned; ``elsewhere.example`` has two exchangers."""
    exchangers: list[MailExchanger] = [MailExchanger(10, "mx1.elsewhere.example"), MailExchanger(20, "mx2.elsewhere.example")]
    resolver = CannedResolver({"elsewhere.example": exchangers})
    return RelayParts(
        HOSTNAME,
        house.directory,
        house.accounts,
        queue or house.queue,
        transmitter,
        resolver,
        house.hub,
        house.settings,
        clock,
        SystemEntropy(),
        house.trace,
        tls_policies(house.settings, resolver, clock)[0],
    )
