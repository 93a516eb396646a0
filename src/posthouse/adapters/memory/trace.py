"""Traces of one test (port ``Trace``)."""

from msgspec.structs import replace

from posthouse.foundation.ids import to_text
from posthouse.ports.trace import TraceEvent


class MemoryTrace:
    """Events in the order they came."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []

    def append(self, event: TraceEvent) -> None:
        """Remember an event."""
        self.events.append(replace(event, subject=event.subject.lower()))

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of all traces that know the subject, the newest of them, oldest first."""
        wanted = subject.lower()
        known = {event.trace_id for event in self.events if wanted and wanted in {event.subject, to_text(event.trace_id)}}
        found = [event for event in self.events if event.trace_id in known][-limit:]
        return sorted(found, key=lambda event: event.trace_id)
