"""The bus of one machine: listeners here, and every other process told once per turn of the event loop (port ``Bus``)."""

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec

from posthouse.adapters.rpc.client import Neighbour
from posthouse.adapters.rpc.server import Office
from posthouse.ports.bus import EVERYTHING, Listener

NOTICE = "bus"
_TOPICS = msgspec.msgpack.Decoder(list[bytes])
_PACK = msgspec.msgpack.Encoder().encode
_log = logging.getLogger(__name__)


class Hub:
    """Listeners by topic; hints from here go to the neighbours, hints from there to the listeners."""

    def __init__(self) -> None:
        self._listeners: dict[bytes, dict[Callable[[], None], Listener]] = {}
        """By topic, then by what ends them."""
        self._neighbours: Sequence[Neighbour] = ()
        self._outgoing: set[bytes] = set()

    def join(self, office: Office, neighbours: Sequence[Neighbour]) -> None:
        """Take hints from other processes through the office, and send them ours."""
        office.listen(NOTICE, lambda arguments, _caller: self._told(arguments))
        self._neighbours = neighbours

    def publish(self, topic: bytes) -> None:
        """Tell the listeners here at once, the neighbours at the end of this turn of the loop."""
        self._tell(topic)
        if self._neighbours:
            if not self._outgoing:
                asyncio.get_running_loop().call_soon(self._flush)
            self._outgoing.add(topic)

    def subscribe(self, topic: bytes, listener: Listener) -> Callable[[], None]:
        """Listen to a topic."""
        here = self._listeners.setdefault(topic, {})

        def end() -> None:
            here.pop(end, None)
            if not here and self._listeners.get(topic) is here:
                del self._listeners[topic]

        here[end] = listener
        return end

    def _told(self, arguments: bytes) -> None:
        for topic in _TOPICS.decode(arguments):
            self._tell(topic)

    def _tell(self, topic: bytes) -> None:
        for here in (self._listeners.get(topic), self._listeners.get(EVERYTHING)):
            if here:
                self._tell_each(here, topic)

    @staticmethod
    def _tell_each(here: dict[Callable[[], None], Listener], topic: bytes) -> None:
        for end, listener in tuple(here.items()):
            if end in here:
                try:
                    listener(topic)
                except Exception:  # noqa: BLE001 - whoever publishes has committed already, and the others want to know
                    _log.exception("a listener to %r failed", topic)

    def _flush(self) -> None:
        arguments = _PACK(list(self._outgoing))
        self._outgoing.clear()
        for neighbour in self._neighbours:
            neighbour.notify(NOTICE, arguments)
