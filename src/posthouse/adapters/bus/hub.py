"""The bus of one machine: listeners here, and every other process told once per turn of the event loop (port ``Bus``)."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from posthouse.adapters.rpc.client import Neighbour
from posthouse.adapters.rpc.server import Office
from posthouse.ports.bus import Listener

NOTICE = "bus"
_TOPICS = msgspec.msgpack.Decoder(list[bytes])
_PACK = msgspec.msgpack.Encoder().encode


class Hub:
    """Listeners by topic; hints from here go to the neighbours, hints from there to the listeners."""

    def __init__(self) -> None:
        self._listeners: dict[bytes, list[Listener]] = {}
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
        self._listeners.setdefault(topic, []).append(listener)

        def end() -> None:
            remaining = self._listeners.get(topic, [])
            if listener in remaining:
                remaining.remove(listener)
            if not remaining:
                self._listeners.pop(topic, None)

        return end

    def _told(self, arguments: bytes) -> None:
        for topic in _TOPICS.decode(arguments):
            self._tell(topic)

    def _tell(self, topic: bytes) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener(topic)

    def _flush(self) -> None:
        arguments = _PACK(list(self._outgoing))
        self._outgoing.clear()
        for neighbour in self._neighbours:
            neighbour.notify(NOTICE, arguments)
