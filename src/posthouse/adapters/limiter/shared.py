"""The keeper's end of the limiter: counters of all workers, and who holds which gauges.

A worker that dies leaves its connections counted; its replacement says ``forget`` before it accepts any.
"""

from collections import Counter, defaultdict
from typing import Protocol

from posthouse.adapters.limiter.counters import Counters
from posthouse.ports.clock import Clock
from posthouse.ports.limiter import Decision, Window


class SharedCounters(Protocol):
    """What the keeper offers."""

    async def take(self, holder: str, rule: str, key: str, window: Window) -> Decision:
        """Count an event for a process."""
        ...

    async def leave(self, holder: str, rule: str, key: str) -> None:
        """End an event of a gauge."""
        ...

    async def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window."""
        ...

    async def forget(self, holder: str) -> None:
        """End all gauge events of a process that is no more."""
        ...


class KeeperLimiter:
    """Counts for all processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counters = Counters()
        self._held: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)

    async def take(self, holder: str, rule: str, key: str, window: Window) -> Decision:
        """Count an event for a process."""
        decision = self._counters.take(rule, key, window, self._clock.monotonic())
        if decision.allowed and window.seconds <= 0:
            self._held[holder][rule, key] += 1
        return decision

    async def leave(self, holder: str, rule: str, key: str) -> None:
        """End an event of a gauge."""
        held = self._held[holder]
        if held[rule, key] > 0:
            held[rule, key] -= 1
            self._counters.leave(rule, key)
        if held[rule, key] <= 0:
            del held[rule, key]

    async def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window."""
        self._counters.forgive(rule, key)

    async def forget(self, holder: str) -> None:
        """End all gauge events of a process."""
        for (rule, key), times in self._held.pop(holder, Counter()).items():
            self._counters.leave(rule, key, times)
