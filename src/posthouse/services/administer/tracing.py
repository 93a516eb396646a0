"""What happened to messages, for administrators."""

from posthouse.model.principal import Principal
from posthouse.ports.trace import TraceEvent
from posthouse.services.administer.parts import TraceReader


async def find_trace(principal: Principal, trace: TraceReader, subject: str) -> list[TraceEvent]:
    """Events of all messages that know an address, a Message-ID, an IP address, or have a trace id; oldest first.

    Raises: NotPermitted, Unavailable.
    """
    principal.require_operator()
    return await trace.find(subject.strip().strip("<>"))
