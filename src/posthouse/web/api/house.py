"""What the API works with; made by the composition root."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from posthouse.ports.credential_uses import CredentialUses
from posthouse.ports.guard import Guard
from posthouse.ports.kept_answers import KeptAnswers
from posthouse.ports.limiter import Limiter
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.queue import Queue
from posthouse.ports.reports import Reports
from posthouse.ports.resolver import Resolver
from posthouse.ports.signing_in.outside_people import OutsidePeople
from posthouse.ports.signing_in.program_sessions import ProgramSessions
from posthouse.services.administer.parts import Administration, TraceReader
from posthouse.services.administer.publishing.publishing import Publishing
from posthouse.web.browsers import Browsers


@dataclass(frozen=True)
class ApiHouse:
    """The ports behind the API's verbs."""

    hostname: str
    administration: Administration
    queues: Mapping[int, Queue]
    guard: Guard
    reports: Reports
    trace: TraceReader
    outgoing: Outgoing
    uses: CredentialUses
    publishing: Publishing
    resolver: Resolver
    limiter: Limiter
    answers: KeptAnswers
    ask_workers: Callable[[], Awaitable[Mapping[str, bool]]]
    """Whether each mail worker answers."""
    program_sessions: Mapping[int, ProgramSessions]
    """Of all workers."""
    people: OutsidePeople | None = None
    """Whom somebody outside knows; None: nobody is asked."""
    browsers: Browsers | None = None
    """None: nobody signs in with a browser."""
