"""What SMTP sessions need of the house, gathered once per process by bootstrap."""

import ssl
from dataclasses import dataclass

from posthouse.ports.clock import Clock
from posthouse.ports.limiter import Limiter
from posthouse.services.authenticate import Authenticator
from posthouse.services.connections import Connections
from posthouse.services.receive.receiver import Receiver
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings
from posthouse.services.submit.submitter import Submitter
from posthouse.services.urls.authorising import AuthorisedUrls


@dataclass(frozen=True)
class House:
    """Services that all sessions of a process share."""

    hostname: str
    receiver: Receiver
    submitter: Submitter
    authenticator: Authenticator
    sessions: Sessions
    connections: Connections
    limiter: Limiter
    settings: Settings
    urls: AuthorisedUrls
    clock: Clock
    tls: ssl.SSLContext | None = None
    """For STARTTLS; None: not offered."""
