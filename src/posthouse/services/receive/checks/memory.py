"""What was found a moment ago about the same client, sender or domain: mail comes in bursts, and the answer is the same."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from posthouse.ports.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
SECONDS: Final = 60.0
ENTRIES: Final = 10_000


class Memory(Generic[K, V]):
    """Values by key, each for ``seconds``; the longest kept go first where there are too many."""

    def __init__(self, clock: Clock, seconds: float = SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._known: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, while it holds."""
        known = self._known.get(key)
        return known[1] if known is not None and known[0] > self._clock.monotonic() else None

    def put(self, key: K, value: V) -> None:
        """Keep a value from now on."""
        self._known[key] = (self._clock.monotonic() + self._seconds, value)
        self._known.move_to_end(key)
        if len(self._known) > ENTRIES:
            self._known.popitem(last=False)
