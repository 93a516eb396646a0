"""Counters that all processes share: connections, rates, failures."""

from typing import Protocol

import msgspec


class Window(msgspec.Struct, frozen=True):
    """At most ``most`` events in any ``seconds`` (0 seconds: at most so many at once)."""

    most: int
    seconds: float


class Decision(msgspec.Struct, frozen=True):
    """Whether an event may happen; when not, after how many seconds to try again."""

    allowed: bool
    retry_after: float = 0.0


class Limiter(Protocol):
    """One request per decision, 20 ms at most; when the limiter does not answer, the rule's own default decides."""

    async def take(self, rule: str, key: str, window: Window, *, fail_open: bool = True) -> Decision:
        """Count one event of the rule for the key (an address, an account…)."""
        ...

    async def leave(self, rule: str, key: str) -> None:
        """End one event of a rule that counts how many there are at once."""
        ...

    async def forgive(self, rule: str, key: str) -> None:
        """Take back one event of a rule that counts how many there were in a time: it was none of those that are limited."""
        ...
