"""A clock that stands still until told, and entropy that can be told apart."""

import itertools


class FakeClock:
    """Time as the test wants it."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        """Seconds since 1970."""
        return self.time

    def monotonic(self) -> float:
        """The same."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


class CountingEntropy:
    """Octets that are never the same twice."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def octets(self, count: int) -> bytes:
        """The next number, big endian."""
        return next(self._numbers).to_bytes(count, "big")


class RecordingBus:
    """Remembers what was published."""

    def __init__(self) -> None:
        self.published: list[bytes] = []

    def publish(self, topic: bytes) -> None:
        """Remember the topic."""
        self.published.append(topic)

    def subscribe(self, topic: bytes, listener: object) -> "object":
        """Nobody is told."""
        return lambda: None
