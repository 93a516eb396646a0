"""Traces as the workers write them: collected for a moment, then sent to the keeper in one notice (port ``Trace``)."""

import asyncio

import msgspec

from posthouse.adapters.rpc.client import Neighbour
from posthouse.ports.trace import TraceEvent

NOTICE = "trace.append"
DELAY_SECONDS = 0.1
WAITING = 20_000
"""Events held while the keeper is away; beyond it the oldest half is forgotten."""
_PACK = msgspec.msgpack.Encoder().encode
_EVENTS = msgspec.msgpack.Decoder(list[TraceEvent])


class RemoteTrace:
    """Appends without waiting."""

    def __init__(self, keeper: Neighbour) -> None:
        self._keeper = keeper
        self._events: list[TraceEvent] = []
        self._scheduled = False

    def append(self, event: TraceEvent) -> None:
        """Remember an event."""
        self._events.append(event)
        if len(self._events) > WAITING:
            del self._events[: WAITING // 2]
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self.flush)

    def flush(self) -> None:
        """Send what has been collected; kept for the next time where the keeper is away."""
        self._scheduled = False
        if self._events and self._keeper.notify(NOTICE, _PACK(self._events)):
            self._events.clear()

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of all traces that know the subject."""
        await self._keeper.connect()
        self.flush()
        return _EVENTS.decode(await self._keeper.call("trace.find", _PACK([subject, limit])))
