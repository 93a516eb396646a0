"""Connections from a proxy: whose they are, before a greeting and before TLS."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.tls import certificate

from posthouse.protocols.proxy.header import SIGNATURE
from posthouse.transport.listener import listen, serve
from posthouse.transport.wire import Wire

V2 = SIGNATURE + b"\x21\x11\x00\x0c" + bytes([192, 0, 2, 9]) + bytes([198, 51, 100, 1]) + (4242).to_bytes(2, "big") + b"\x00\x19"


class Echo:
    """Greets with the peer's address and says everything back."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def opened(self) -> None:
        self.wire.write(b"%s %d\n" % (self.wire.peer[0].encode(), self.wire.peer[1]))

    def received(self, octets: bytes) -> None:
        self.wire.write(octets)

    def closed(self) -> None:
        pass

    def expired(self) -> None:
        pass


@asynccontextmanager
async def listening(proxies: list[str], context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, int]]:
    socket = listen("127.0.0.1", 0, shared=False)
    server = await serve(socket, Echo, context, proxies)
    try:
        yield socket.getsockname()[:2]
    finally:
        server.close()
        await server.wait_closed()


async def dialogue(address: tuple[str, int], octets: bytes, *, slowly: bool = False) -> tuple[str, bytes]:
    """Say octets; the greeting, and what is echoed."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for portion in [octets[n : n + 1] for n in range(len(octets))] if slowly else [octets]:
            writer.write(portion)
            await writer.drain()
            if slowly:
                await asyncio.sleep(0.001)
        async with asyncio.timeout(10):
            greeting = await reader.readline()
            writer.write(b"!")
            return greeting.decode().strip(), await reader.readuntil(b"!") if greeting else b""
    finally:
        writer.close()


@pytest.mark.parametrize("slowly", [False, True])
@pytest.mark.parametrize(
    ("header", "peer"),
    [(b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 25\r\n", "192.0.2.7 51234"), (V2, "192.0.2.9 4242")],
)
async def test_the_peer_is_whom_the_proxy_names(header: bytes, peer: str, slowly: bool) -> None:
    async with listening(["127.0.0.0/8"]) as address:
        assert await dialogue(address, header + b"hello", slowly=slowly) == (peer, b"hello!")


async def test_a_proxy_that_names_nobody_is_itself() -> None:
    async with listening(["127.0.0.1"]) as address:
        greeting, echoed = await dialogue(address, b"PROXY UNKNOWN\r\nhello")
        assert greeting.startswith("127.0.0.1 ")
        assert echoed == b"hello!"


async def test_others_are_served_as_always() -> None:
    async with listening(["192.0.2.0/24"]) as address:
        greeting, echoed = await dialogue(address, b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 25\r\n")
        assert greeting.startswith("127.0.0.1 ")
        assert echoed.startswith(b"PROXY ")


@pytest.mark.parametrize(
    "octets", [b"EHLO client.example\r\n", b"PROXY TCP4 x y 1 2\r\n", b"PROXY " + b"x" * 200, SIGNATURE + b"\x21\x11\xff\xff"]
)
async def test_without_a_header_the_connection_ends(octets: bytes) -> None:
    async with listening(["127.0.0.1"]) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(octets)
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionResetError):  # where it had not read everything yet
                assert await reader.read() == b""
        writer.close()
        assert await dialogue(address, V2) == ("192.0.2.9 4242", b"!")


async def test_tls_comes_after_the_header(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    async with listening(["127.0.0.1"], server) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(V2)
        await writer.drain()
        await writer.start_tls(client, server_hostname="localhost")
        async with asyncio.timeout(10):
            assert await reader.readline() == b"192.0.2.9 4242\n"
        writer.close()
