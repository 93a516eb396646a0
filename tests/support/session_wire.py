"""A listener of the transport on loopback, with sessions that only remember and repeat."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from posthouse.transport.listener import listen, serve
from posthouse.transport.wire import Wire


class Remembering:
    """A session that remembers what it is told; greets, and says what it is told to say to octets that come."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.heard = b""
        self.calls: list[str] = []
        self.on_received: Callable[[bytes], None] = lambda _octets: None

    def opened(self) -> None:
        self.calls.append("opened")
        self.wire.write(b"hello\r\n")

    def received(self, octets: bytes) -> None:
        self.heard += octets
        self.on_received(octets)

    def closed(self) -> None:
        self.calls.append("closed")

    def expired(self) -> None:
        self.calls.append("expired")
        self.wire.write(b"too late\r\n")
        self.wire.close()


@dataclass
class Listening:
    """An open listener and the sessions it has made."""

    port: int
    sessions: list[Remembering]

    @asynccontextmanager
    async def connected(
        self, context: ssl.SSLContext | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, Remembering]]:
        """Connect; the greeting has been read."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=context, server_hostname="localhost" if context else None
        )
        assert await reader.readline() == b"hello\r\n"
        try:
            yield reader, writer, self.sessions[-1]
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[Listening]:
    """Listen on a port of loopback; with a context TLS comes first."""
    sessions: list[Remembering] = []

    def make(wire: Wire) -> Remembering:
        sessions.append(Remembering(wire))
        return sessions[-1]

    listener = listen("127.0.0.1", 0, shared=False)
    port: int = listener.getsockname()[1]
    server = await serve(listener, make, context)
    try:
        yield Listening(port, sessions)
    finally:
        for session in sessions:
            session.wire.abort()
        server.close()
        await server.wait_closed()
