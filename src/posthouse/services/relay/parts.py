"""What relaying works with, gathered once per process by bootstrap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from posthouse.model.delivery import QueuedMessage
from posthouse.ports.account_store import AccountStore
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.ports.resolver import Resolver
from posthouse.ports.trace import Trace
from posthouse.ports.transmitter import Transmitter
from posthouse.services.brakes.braking import Brakes
from posthouse.services.relay.answer import Answer
from posthouse.services.relay.tls.policies import TlsPolicies
from posthouse.services.replying.answering import AutoReplies
from posthouse.services.settings import Settings


class Inside(Protocol):
    """A destination of this house that is no mailbox."""

    async def deliver(self, message: QueuedMessage) -> Sequence[Answer]:
        """Take a message; one answer for each recipient."""
        ...


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
    replies: AutoReplies | None = None
    """None: nobody is answered."""
    brakes: Brakes | None = None
    """None: failures are not counted."""
    inside: Mapping[str, Inside] = field(default_factory=dict)
    """Destinations of this house beside its mailboxes."""
