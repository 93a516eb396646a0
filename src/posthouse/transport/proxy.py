"""Listeners behind a proxy: connections from it begin with a PROXY header, before TLS even.

The header is read from the socket itself, not one octet more, so that whatever follows (a greeting, a TLS handshake) is untouched.
Everybody else on the same listener is served as always.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from posthouse.protocols.proxy.header import (
    FIRST_OCTETS,
    FIXED_OCTETS,
    LINE_OCTETS,
    InvalidProxyHeader,
    Proxied,
    is_version_1,
    parse_binary,
    parse_line,
    rest_octets,
)
from posthouse.transport.wire import HANDSHAKE_SECONDS, Session, Wire

HEADER_SECONDS: Final = 5.0
WAITING: Final = 1_000
"""Connections whose header is awaited at once; more wait in the backlog."""
_LOOK_SECONDS: Final = 0.005
_log = logging.getLogger(__name__)


class ProxiedListener:
    """Accepts connections and reads the headers of those that come from one of the networks."""

    def __init__(
        self,
        listener: socket.socket,
        make_session: Callable[[Wire], Session],
        context: ssl.SSLContext | None,
        networks: Sequence[str],
    ) -> None:
        self._listener = listener
        self._make_session = make_session
        self._context = context
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]
        self._room = asyncio.Semaphore(WAITING)
        self._opening: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more."""
        self._accepting.cancel()
        for task in self._opening:
            task.cancel()
        self._listener.close()

    async def wait_closed(self) -> None:
        """Wait until nothing is being accepted."""
        await asyncio.wait([self._accepting, *self._opening])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                connection, address = await loop.sock_accept(self._listener)
            except OSError as error:  # out of handles: others will be freed
                self._room.release()
                _log.warning("a connection cannot be accepted: %s", error)
                await asyncio.sleep(0.1)
                continue
            task = asyncio.create_task(self._open(connection, str(address[0])))
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a connection could not be opened", exc_info=error)

    async def _open(self, connection: socket.socket, address: str) -> None:
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        try:
            proxied = Proxied()
            if self._trusts(address):
                async with asyncio.timeout(HEADER_SECONDS):
                    proxied = await read_header(connection)
            peer = (proxied.address, proxied.port) if proxied.address else None
            timeout = HANDSHAKE_SECONDS if self._context is not None else None
            await loop.connect_accepted_socket(
                lambda: Wire(self._make_session, loop, peer), connection, ssl=self._context, ssl_handshake_timeout=timeout
            )
        except (OSError, TimeoutError, InvalidProxyHeader) as error:
            _log.info("a connection from %s is closed: %s", address, str(error) or "no PROXY header in time")
            with contextlib.suppress(OSError):
                connection.close()
        except BaseException:
            connection.close()
            raise

    def _trusts(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self._networks if network.version == ip.version)


async def read_header(connection: socket.socket) -> Proxied:
    """Read a header and not one octet more. Raises: InvalidProxyHeader; OSError when the connection ends."""
    first = await _exactly(connection, FIRST_OCTETS)
    if is_version_1(first):
        return parse_line(await _line(connection, first))
    fixed = first + await _exactly(connection, FIXED_OCTETS - FIRST_OCTETS)
    return parse_binary(fixed, await _exactly(connection, rest_octets(fixed)))


async def _exactly(connection: socket.socket, count: int) -> bytes:
    loop, octets = asyncio.get_running_loop(), b""
    while len(octets) < count:
        portion = await loop.sock_recv(connection, count - len(octets))
        if not portion:
            raise ConnectionResetError("the connection ended within its PROXY header")
        octets += portion
    return octets


async def _line(connection: socket.socket, line: bytes) -> bytes:
    """The rest of a line whose length nobody knows: looked at until its end is there, then taken."""
    while len(line) < LINE_OCTETS:
        try:
            seen = connection.recv(LINE_OCTETS - len(line), socket.MSG_PEEK)
        except BlockingIOError:
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        end = (line[-1:] + seen).find(b"\r\n")
        line += await _exactly(connection, len(seen) if end < 0 else end + 1)
        if end >= 0:
            return line[:-2]
        if not seen:
            break
    raise InvalidProxyHeader("the PROXY line has no end")
