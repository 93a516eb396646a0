"""What happened to every message, in words an administrator and the owner can read."""

from typing import Protocol

import msgspec

from posthouse.foundation.ids import TraceId


class TraceEvent(msgspec.Struct, frozen=True):
    """One step of one message."""

    trace_id: TraceId
    at: float
    step: str
    """A word: ``connect``, ``accepted``, ``delivered``, ``attempt``, ``refused``…"""
    text: str
    """What happened, for people."""
    subject: str = ""
    """What it can be found by: an address, a Message-ID or an IP address; kept in lower case."""


class Trace(Protocol):
    """Append-only; the last second may be lost in a crash (the facts that matter stand with the message and in the queue)."""

    def append(self, event: TraceEvent) -> None:
        """Remember an event. Never waits, never raises."""
        ...

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of all traces that know the subject (an address, Message-ID, IP address or trace id, in any case).

        Trace by trace, oldest first; where there are more than ``limit`` the newest.
        """
        ...
