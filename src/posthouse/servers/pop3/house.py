"""What POP3 sessions need of the house, gathered once per process by bootstrap."""

import ssl
from dataclasses import dataclass

from posthouse.foundation.budget import Budget
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.limiter import Limiter
from posthouse.services.authenticate import Authenticator
from posthouse.services.connections import Connections
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings


@dataclass(frozen=True)
class House:
    """Services and ports that all sessions of a process share."""

    hostname: str
    accounts: AccountStore
    authenticator: Authenticator
    sessions: Sessions
    connections: Connections
    limiter: Limiter
    settings: Settings
    clock: Clock
    budget: Budget
    tls: ssl.SSLContext | None = None
    """For STLS; None: not offered."""
