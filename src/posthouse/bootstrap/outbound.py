"""The way out: adapters that reach other servers joined to their ports, the same for workers and for commands that try a route."""

from dataclasses import dataclass
from pathlib import Path

from posthouse.adapters.mta_sts.fetcher import PolicyFetcher
from posthouse.adapters.pipe.transmitter import PipeTransmitter
from posthouse.adapters.qmtp.transmitter import QmtpTransmitter
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.smtp.preparing import Preparing
from posthouse.adapters.smtp.transmitter import SmtpTransmitter
from posthouse.adapters.smtp.ways import Ways
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.tls.database import TlsDatabase
from posthouse.ports.resolver import Resolver
from posthouse.ports.spool import Spool
from posthouse.ports.sts_policies import StsPolicies
from posthouse.ports.tls_results import TlsResults
from posthouse.ports.transmitter import Transmitter
from posthouse.services.relay.tls.policies import TlsPolicies
from posthouse.services.relay.tls.tally import TlsTally
from posthouse.services.settings import Settings


@dataclass
class TlsFacts:
    """What is remembered of TLS with other servers, wherever its owner is."""

    results: TlsResults
    policies: StsPolicies


@dataclass
class Outbound:
    """What relaying reaches the outside with."""

    resolver: Resolver
    transmitter: Transmitter
    policies: TlsPolicies
    _smtp: SmtpTransmitter
    _tally: TlsTally

    async def stop(self) -> None:
        """End idle connections; write what has been counted."""
        self._smtp.close()
        await self._tally.stop()


def open_outbound(hostname: str, settings: Settings, spool: Spool, facts: TlsFacts, resolver: Resolver) -> Outbound:
    """Join everything that is needed to send."""
    clock = SystemClock()
    tally = TlsTally(facts.results, clock)
    smtp = SmtpTransmitter(Preparing(hostname, resolver, clock, tally.note), spool)
    ways = Ways(
        {
            "smtp": smtp,
            "smtps": smtp,
            "lmtp": smtp,
            "qmtp": QmtpTransmitter(resolver, spool),
            "pipe": PipeTransmitter(spool, clock),
        }
    )
    policies = TlsPolicies(settings, resolver, facts.policies, PolicyFetcher(resolver), tally, clock)
    return Outbound(resolver, ways, policies, smtp, tally)


def remote_tls_facts(keeper: Neighbour) -> TlsFacts:
    """The keeper's."""
    results: TlsResults = remote("tls_results", TlsResults, keeper)  # type: ignore[type-abstract]
    policies: StsPolicies = remote("sts_policies", StsPolicies, keeper)  # type: ignore[type-abstract]
    return TlsFacts(results, policies)


def own_tls_facts(path: Path) -> tuple[TlsFacts, TlsDatabase]:
    """A command's own, without a server; and what is to be stopped in the end."""
    database = TlsDatabase(path, SystemClock())
    return TlsFacts(database, database), database
