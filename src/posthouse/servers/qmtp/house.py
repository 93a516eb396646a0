"""What QMTP sessions need of the house, gathered once per process by bootstrap."""

from dataclasses import dataclass

from posthouse.services.connections import Connections
from posthouse.services.receive.receiver import Receiver
from posthouse.services.settings import Settings


@dataclass(frozen=True)
class House:
    """Services that all sessions of a process share."""

    receiver: Receiver
    connections: Connections
    settings: Settings
