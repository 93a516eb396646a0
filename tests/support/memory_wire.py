"""A connection in memory: a session as the transport drives it, and a stream for the test; segments are cut as the test wants."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.session import Cut, whole

from posthouse.transport.wire import Session, Wire


class MemoryTransport(asyncio.Transport):
    """What the server writes is fed to the test's reader at once."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__({"peername": ("127.0.0.1", 40000), "sockname": ("127.0.0.1", 143)})
        self._reader = reader
        self._closing = False
        self._reading = True
        self.protocol: Wire | None = None

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if not self._closing:
            self._reader.feed_data(bytes(data))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._reader.feed_eof()
            asyncio.get_running_loop().call_soon(self._lost)

    abort = close

    def _lost(self) -> None:
        if self.protocol is not None:
            self.protocol.connection_lost(None)

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever buffered."""


class MemoryWriter:
    """The client's end: what it writes arrives in the segments ``cut`` makes, and not while the server does not read."""

    def __init__(self, wire: Wire, transport: MemoryTransport, cut: Cut) -> None:
        self._wire = wire
        self._transport = transport
        self._cut = cut
        self._waiting: list[bytes] = []

    def write(self, octets: bytes) -> None:
        self._waiting += self._cut(octets)

    async def drain(self) -> None:
        waiting, self._waiting = self._waiting, []
        for segment in waiting:
            while not self._transport.is_reading() and not self._transport.is_closing():  # noqa: ASYNC110 -- as asyncio has it
                await asyncio.sleep(0)
            if self._transport.is_closing():
                return
            self._wire.data_received(segment)
            await asyncio.sleep(0)

    def close(self) -> None:
        self._transport.close()


def connected(make_session: Callable[[Wire], Session], cut: Cut = whole) -> tuple[asyncio.StreamReader, MemoryWriter]:
    """Connect a new session; its greeting is on its way."""
    reader = asyncio.StreamReader(limit=1 << 20)
    wire = Wire(make_session, asyncio.get_running_loop())
    transport = MemoryTransport(reader)
    transport.protocol = wire
    wire.connection_made(transport)
    return reader, MemoryWriter(wire, transport, cut)
