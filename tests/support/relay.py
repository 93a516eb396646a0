"""What the relay asks of the outside, canned: a resolver with a table, a transmitter that answers as told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.support.fakes import FakeClock
from tests.support.mail_house import HOSTNAME, MailHouse

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.queue import Queue
from posthouse.ports.resolver import Answer, MailExchanger
from posthouse.ports.transmitter import Result, Route, Transmission
from posthouse.services.relay.parts import RelayParts


@dataclass
class CannedResolver:
    """Domains to exchangers; an exception is raised, what is missing does not exist."""

    exchangers: dict[str, list[MailExchanger] | Exception] = field(default_factory=dict)

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
        """Nothing is there."""
        raise Unavailable(name)


Say = Callable[[Route, Transmission], Sequence[Result]]


def everybody(code: int, status: str = "", text: str = "said", **more: bool) -> Say:
    """The same answer for every recipient."""
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


def relay_parts(house: MailHouse, transmitter: CannedTransmitter, clock: FakeClock, queue: Queue | None = None) -> RelayParts:
    """Parts whose outside is canned; ``elsewhere.example`` has two exchangers."""
    exchangers: list[MailExchanger] = [MailExchanger(10, "mx1.elsewhere.example"), MailExchanger(20, "mx2.elsewhere.example")]
    return RelayParts(
        HOSTNAME,
        house.directory,
        house.accounts,
        queue or house.queue,
        transmitter,
        CannedResolver({"elsewhere.example": exchangers}),
        house.hub,
        house.settings,
        clock,
        SystemEntropy(),
        house.trace,
    )
