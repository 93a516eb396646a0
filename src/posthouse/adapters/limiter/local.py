"""The limiter of the keeper process, and of tests: counters here (port ``Limiter``)."""

from posthouse.adapters.limiter.counters import Counters
from posthouse.ports.clock import Clock
from posthouse.ports.limiter import Decision, Window


class LocalLimiter:
    """Counts in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.counters = Counters()

    async def take(self, rule: str, key: str, window: Window, *, fail_open: bool = True) -> Decision:
        """Count an event."""
        del fail_open
        return self.counters.take(rule, key, window, self._clock.monotonic())

    async def leave(self, rule: str, key: str) -> None:
        """End an event of a gauge."""
        self.counters.leave(rule, key)

    async def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window."""
        self.counters.forgive(rule, key)
