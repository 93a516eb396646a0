"""What relaying works with, gathered once per process by bootstrap."""

from dataclasses import dataclass

from posthouse.ports.account_store import AccountStore
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.ports.resolver import Resolver
from posthouse.ports.trace import Trace
from posthouse.ports.transmitter import Transmitter
from posthouse.services.relay.tls.policies import TlsPolicies
from posthouse.services.settings import Settings


@dataclass(frozen=True)
class RelayParts:
    """Ports and settings of one queue's runner."""

    hostname: str
    directory: DirectoryReader
    accounts: AccountStore
    queue: Queue
    transmitter: Transmitter
    resolver: Resolver
    bus: Bus
    settings: Settings
    clock: Clock
    entropy: Entropy
    trace: Trace
    policies: TlsPolicies
