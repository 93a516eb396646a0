"""Counters of one test (port ``Limiter``): every event is remembered with its time."""

from collections import Counter, defaultdict

from posthouse.ports.clock import Clock
from posthouse.ports.limiter import Decision, Window


class MemoryLimiter:
    """Counts exactly, in memory that grows with the events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self._gauges: Counter[tuple[str, str]] = Counter()

    async def take(self, rule: str, key: str, window: Window, *, fail_open: bool = True) -> Decision:
        """Count an event if the window has room for it."""
        del fail_open
        if window.seconds <= 0:
            return self._enter(rule, key, window.most)
        now = self._clock.monotonic()
        times = [time for time in self._times[rule, key] if time > now - window.seconds]
        if len(times) >= window.most:
            return Decision(allowed=False, retry_after=(times[0] if times else now) + window.seconds - now)
        self._times[rule, key] = [*times, now]
        return Decision(allowed=True)

    async def leave(self, rule: str, key: str) -> None:
        """End an event of a gauge."""
        self._gauges[rule, key] = max(0, self._gauges[rule, key] - 1)

    async def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window."""
        self._times[rule, key] = self._times[rule, key][:-1]

    def _enter(self, rule: str, key: str, most: int) -> Decision:
        if self._gauges[rule, key] >= most:
            return Decision(allowed=False, retry_after=1.0)
        self._gauges[rule, key] += 1
        return Decision(allowed=True)
