"""Hints between sessions, workers and nodes. A hint may be lost or come twice; receivers look at the store."""

from collections.abc import Callable
from typing import Protocol

Listener = Callable[[bytes], None]
"""Called on the event loop with the topic; must return at once."""


class Bus(Protocol):
    """Topics are octets: an account id for changes of its mail, or a word such as ``b"directory"``."""

    def publish(self, topic: bytes) -> None:
        """Tell every listener of the topic, here and in other processes. Never waits, never raises."""
        ...

    def subscribe(self, topic: bytes, listener: Listener) -> Callable[[], None]:
        """Listen to a topic, or to all (``EVERYTHING``); the returned function ends it."""
        ...


EVERYTHING = b""
DIRECTORY = b"directory"
QUEUE = b"queue"
QUEUE_BY_HAND = b"queue by hand"
"""An operator has changed what waits: it is tried again whatever was learned of its destination."""
