"""A session that says why there is none, and ends."""

from typing import Final

from posthouse.transport.wire import Wire

SECONDS: Final = 10.0


class TurnedAway:
    """What a listener makes of its connections while it is switched off (``transport.wire.Session``)."""

    __slots__ = ("_wire", "_words")

    def __init__(self, wire: Wire, words: bytes) -> None:
        self._wire = wire
        self._words = words

    def opened(self) -> None:
        """Say it and close."""
        self._wire.set_deadline(SECONDS)
        self._wire.write(self._words)
        self._wire.close()

    def received(self, octets: bytes) -> None:
        """Nobody listens."""

    def closed(self) -> None:
        """There is nothing to give back."""

    def expired(self) -> None:
        """The client does not read its answer."""
        self._wire.abort()
