"""One connection: octets in, octets out, TLS when asked, a deadline, back-pressure both ways.

A *session* (one per connection, written by a server) is told what arrives and decides what to send. An idle connection holds no
task, no reader and one timer: that is what makes hundreds of thousands of them affordable.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from posthouse.transport.deflate import Deflate
from posthouse.transport.errors import Disconnected

HANDSHAKE_SECONDS = 30.0
WRITE_HIGH_WATER_OCTETS = 262_144
"""Above this ``drain`` waits."""
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Session(Protocol):
    """What a server makes for each connection. All calls come on the event loop and must return at once."""

    def opened(self) -> None:
        """The connection stands (with TLS where the listener has it): greet."""
        ...

    def received(self, octets: bytes) -> None:
        """Octets came."""
        ...

    def closed(self) -> None:
        """The connection is gone, for whatever reason; called once, also when this side closed it."""
        ...

    def expired(self) -> None:
        """The deadline passed: say goodbye and close."""
        ...


class Wire(asyncio.Protocol):
    """The transport's end of a connection, handed to the session factory."""

    __slots__ = (
        "_connection",
        "_deadline",
        "_deflate",
        "_early",
        "_loop",
        "_lost",
        "_paused",
        "_peer",
        "_timer",
        "_transport",
        "_upgrading",
        "_writable",
        "session",
    )

    def __init__(
        self,
        make_session: "Callable[[Wire], Session]",
        loop: asyncio.AbstractEventLoop,
        peer: tuple[str, int] | None = None,
    ) -> None:
        """``peer`` is who connects, where a proxy has said so."""
        self._loop = loop
        self._peer = peer
        self._transport: asyncio.Transport | None = None
        self._connection: object | None = None
        """The TLS connection, once there is one."""
        self._writable: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._lost = False
        self._paused = False
        self._upgrading = False
        self._early = b""
        self._deflate: Deflate | None = None
        self.session = make_session(self)

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport and let the session greet."""
        # No isinstance: uvloop's transports are asyncio's by behaviour only.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_OCTETS)
        self._connection = self._info("ssl_object")
        self._peer = self._peer or self._name("peername")
        self.session.opened()

    def data_received(self, data: bytes) -> None:
        """Hand octets to the session; those that come while TLS is being set up wait."""
        if self._upgrading:
            # asyncio's own loop may deliver decrypted octets before start_tls returns.
            self._early += data
        elif self._deflate is not None:
            self._deflate.receive(data)
            self._expand()
        else:
            self.session.received(data)

    def eof_received(self) -> bool:
        """Close: a half-closed mail connection has nothing more to say."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the session once and wake whoever waits to write."""
        del exc
        self._lost = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.resume_writing()
        self.session.closed()

    def pause_writing(self) -> None:
        """The other side reads slowly."""
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """The other side caught up (or is gone)."""
        waiter, self._writable = self._writable, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # what sessions call

    @property
    def peer(self) -> tuple[str, int]:
        """Address and port of the other side; an empty address where there is none."""
        return self._peer or ("", 0)

    @property
    def local(self) -> tuple[str, int]:
        """Address and port of this side."""
        return self._name("sockname")

    @property
    def tls(self) -> bool:
        """Whether the octets are encrypted."""
        return self._connection is not None

    @property
    def tls_version(self) -> tuple[str, str]:
        """Protocol version and cipher, e.g. ``("TLSv1.3", "TLS_AES_256_GCM_SHA384")``; empty without TLS."""
        connection = self._connection
        if connection is None:
            return "", ""
        cipher = connection.cipher()  # type: ignore[attr-defined]
        return connection.version() or "", cipher[0] if cipher else ""  # type: ignore[attr-defined]

    @property
    def end_point(self) -> bytes:
        """What the certificate binds this connection to (``tls-server-end-point``); empty without TLS or where undefined."""
        connection = self._connection
        return b"" if connection is None else getattr(connection.context, "end_point", b"")  # type: ignore[attr-defined]

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._lost or self._transport is None or self._transport.is_closing()

    def write(self, octets: bytes) -> None:
        """Send octets; after a large answer await ``drain`` before the next."""
        if octets and self._transport is not None and not self._lost:
            self._transport.write(octets if self._deflate is None else self._deflate.compress(octets))

    async def drain(self) -> None:
        """Wait until the other side has read enough.

        Raises: Disconnected when it is gone.
        """
        if self._writable is not None and not self._lost:
            await asyncio.shield(self._writable)  # others may wait for it too
        if self._lost:
            raise Disconnected("the other side has closed the connection")

    def pause(self) -> None:
        """Read no more for now: the other side sends faster than it is served."""
        self._paused = True
        if self._transport is not None and not self.is_closing and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        if self._deflate is not None and not self._lost:
            self._loop.call_soon(self._expand)
        if self._transport is not None and not self.is_closing and not self._transport.is_reading():
            self._transport.resume_reading()

    def acknowledge(self) -> None:
        """Let the system acknowledge now what has come: a client that has half a command in flight waits for that (Nagle)."""
        found = self._info("socket")
        if found is not None and _QUICK_ACK is not None and not self._lost:
            found.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Send what is buffered, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once and drop what is buffered."""
        if self._transport is not None:
            self._transport.abort()

    def set_deadline(self, seconds: float) -> None:
        """Call ``expired`` after so many seconds unless the deadline is set again; cheap enough for every command."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._tick)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Do the server side of a handshake now (STARTTLS); octets the client sent before it must not be in any buffer.

        Raises: Disconnected when the handshake fails; the connection is closed then.
        """
        assert self._transport is not None
        self._upgrading = True
        try:
            upgraded = await self._loop.start_tls(
                self._transport, self, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (OSError, TimeoutError) as error:
            self.abort()
            raise Disconnected("the TLS handshake failed") from error
        if upgraded is None:
            raise Disconnected("the other side closed the connection during the TLS handshake")
        self._transport = upgraded
        upgraded.set_write_buffer_limits(high=WRITE_HIGH_WATER_OCTETS)
        self._connection = self._info("ssl_object")
        # Not at once: whoever has called finishes first. Until then octets go on waiting, or later ones would overtake them.
        self._loop.call_soon(self._hand_over)

    @property
    def is_compressed(self) -> bool:
        """Whether ``start_deflate`` was called."""
        return self._deflate is not None

    def start_deflate(self) -> None:
        """Compress what is written from now on, and expand what comes from now on (RFC 4978)."""
        self._deflate = Deflate()

    def _expand(self) -> None:
        """Hand on what is compressed, portion by portion, while the session takes it."""
        try:
            while self._deflate is not None and not self._paused and not self.is_closing and (octets := self._deflate.expand()):
                self.session.received(octets)
        except Disconnected:
            self.abort()

    def _hand_over(self) -> None:
        """Hand the octets that came while TLS was being set up to the session."""
        self._upgrading = False
        early, self._early = self._early, b""
        if early:
            self.session.received(early)

    def _tick(self) -> None:
        self._timer = None
        if self._lost:
            return
        if self._loop.time() >= self._deadline:
            self.session.expired()
        else:
            self._timer = self._loop.call_at(self._deadline, self._tick)

    def _info(self, name: str) -> object | None:
        return None if self._transport is None else self._transport.get_extra_info(name)

    def _name(self, which: str) -> tuple[str, int]:
        name = self._info(which)
        if isinstance(name, tuple):
            return str(name[0]), int(name[1])
        return "", 0
