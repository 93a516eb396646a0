"""One connection to another server: octets both ways, TLS when asked, a deadline on every wait."""

import asyncio
import ssl
from typing import Final, NamedTuple, cast

from posthouse.protocols.smtp.client.replies import RemoteReply, ReplyReader
from posthouse.protocols.smtp.errors import RemoteViolation

CONNECT_SECONDS: Final = 30.0
HANDSHAKE_SECONDS: Final = 30.0
WRITE_SECONDS: Final = 180.0
"""RFC 5321 §4.5.3.2.5: a block of data."""


class LinkLost(ConnectionError):
    """The connection failed, broke, fell silent, or the other side does not speak SMTP; the text says which."""

    @property
    def is_tls(self) -> bool:
        """Whether it was TLS that failed."""
        return isinstance(self.__cause__, ssl.SSLError)


class Link(asyncio.Protocol):
    """Made by ``open_link``."""

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._transport: asyncio.Transport | None = None
        self._arrived: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._lost: str | None = None

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        # No isinstance: uvloop's transports are asyncio's by behaviour only.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep octets for whoever waits for a reply."""
        self._reader.receive_data(data)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake everybody who waits."""
        self._lost = f"the connection broke: {exc}" if exc else "the server closed the connection"
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The other side reads slowly."""
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """The other side caught up."""
        waiter, self._writable = self._writable, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # what the driver calls

    @property
    def alive(self) -> bool:
        """Whether it can still be used."""
        return self._lost is None and self._transport is not None and not self._transport.is_closing()

    @property
    def is_fresh(self) -> bool:
        """Whether the next command can be said: it stands, and the server has said nothing unasked (421, most likely)."""
        return self.alive and self._reader.is_empty

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS connection where there is one."""
        return None if self._transport is None else cast("ssl.SSLObject | None", self._transport.get_extra_info("ssl_object"))

    async def write(self, octets: bytes) -> None:
        """Send octets; waits while much is unsent. Raises: LinkLost."""
        self._require()
        assert self._transport is not None
        self._transport.write(octets)
        if self._writable is not None:
            await self._wait(self._writable, WRITE_SECONDS, "the server reads no more")
            self._require()

    async def reply(self, seconds: float) -> RemoteReply:
        """The next reply. Raises: LinkLost."""
        while True:
            try:
                found = self._reader.next_reply()
            except RemoteViolation as error:
                raise LinkLost(f"the server does not speak SMTP: {error}") from error
            if found is not None:
                return found
            self._require()
            self._arrived = asyncio.get_running_loop().create_future()
            await self._wait(self._arrived, seconds, "the server does not answer")

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Do the client's side of a handshake; what came before it is forgotten. Raises: LinkLost."""
        self._require()
        assert self._transport is not None
        self._reader.clear()
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(
                self._transport, self, context, server_hostname=host, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (OSError, TimeoutError) as error:
            self.abort()
            raise LinkLost(f"the TLS handshake failed: {error}") from error
        if upgraded is None:
            raise LinkLost("the server closed the connection during the TLS handshake")
        self._transport = upgraded

    def close(self, last_words: bytes = b"") -> None:
        """Say the last words and close."""
        if self._transport is not None and self.alive:
            self._transport.write(last_words)
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, future: asyncio.Future[None], seconds: float, otherwise: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            self.abort()
            raise LinkLost(otherwise) from None

    def _wake(self) -> None:
        waiter, self._arrived = self._arrived, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _require(self) -> None:
        if self._lost is not None:
            raise LinkLost(self._lost)


class Place(NamedTuple):
    """Where to connect to."""

    address: str = ""
    """IP address; empty for a socket of this machine."""
    port: int = 0
    source: str = ""
    """IP address to come from; empty: as the system likes."""
    path: str = ""
    """Of a Unix socket."""


async def open_link(place: Place, context: ssl.SSLContext | None = None, host: str = "") -> Link:
    """Connect; with a context TLS comes first. Raises: LinkLost."""
    loop = asyncio.get_running_loop()
    where = place.path or f"{place.address} port {place.port}"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            if place.path:
                _, link = await loop.create_unix_connection(Link, place.path)
                return link
            _, link = await loop.create_connection(
                Link,
                place.address,
                place.port,
                ssl=context,
                server_hostname=host if context is not None else None,
                local_addr=(place.source, 0) if place.source else None,
            )
    except TimeoutError:
        raise LinkLost(f"no connection to {where} within {CONNECT_SECONDS:.0f} s") from None
    except OSError as error:
        raise LinkLost(f"no connection to {where}: {error.strerror or error}") from error
    return link
