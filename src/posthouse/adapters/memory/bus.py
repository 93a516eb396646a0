"""A bus within a test (port ``Bus``)."""

import contextlib
from collections.abc import Callable

from posthouse.ports.bus import EVERYTHING, Listener


class MemoryBus:
    """Listeners in the order they came."""

    def __init__(self) -> None:
        self._subscriptions: list[tuple[bytes, Listener]] = []

    def publish(self, topic: bytes) -> None:
        """Tell every listener of the topic."""
        for subscription in list(self._subscriptions):
            if subscription[0] in (topic, EVERYTHING) and subscription in self._subscriptions:
                with contextlib.suppress(Exception):
                    subscription[1](topic)

    def subscribe(self, topic: bytes, listener: Listener) -> Callable[[], None]:
        """Listen to a topic."""
        subscription = topic, listener
        self._subscriptions.append(subscription)

        def end() -> None:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

        return end
