"""One connection to an LDAP server: an operation at a time, TLS first, a deadline on every wait."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Final, cast

from posthouse.protocols.ldap.connection import MESSAGE_OCTETS, ClientConnection, ProtocolViolation
from posthouse.protocols.ldap.messages import (
    START_TLS,
    BindRequest,
    BindResponse,
    Entry,
    ExtendedRequest,
    ExtendedResponse,
    Reference,
    Request,
    Response,
    Result,
    ResultCode,
    SearchDone,
    SearchRequest,
    UnbindRequest,
)

CONNECT_SECONDS: Final = 2.0
"""A server that does not answer so long is passed over for the next one."""
ANSWER_SECONDS: Final = 3.0
UNREAD_OCTETS: Final = 2 * MESSAGE_OCTETS
"""With more, the server waits until somebody has read it."""


class LinkLost(ConnectionError):
    """The connection failed, broke or fell silent, or the server does not speak LDAP; the text says which."""


class LdapLink(asyncio.Protocol):
    """Made by ``open_link``."""

    def __init__(self) -> None:
        self._connection = ClientConnection()
        self._transport: asyncio.Transport | None = None
        self._arrived: asyncio.Future[None] | None = None
        self._lost = ""
        self.bound_as: tuple[str, str] | None = None
        """Name and password it is bound with; None: as nobody in particular."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep octets for whoever waits."""
        self._connection.receive(data)
        if self._connection.unread_octets > UNREAD_OCTETS and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        self._lost = f"the connection broke: {exc}" if exc else "the server closed the connection"
        self._wake()

    @property
    def is_fresh(self) -> bool:
        """Whether something can be asked: it stands, and the server has said nothing unasked."""
        return not self._lost and self._transport is not None and not self._connection.unread_octets

    async def bind(self, name: str, password: str) -> Result:
        """Sign in. Raises: LinkLost."""
        self.bound_as = None
        response = await self._only(BindRequest(name, password))
        if not isinstance(response, BindResponse):
            raise self._broken("the server answers a bind with something else")
        if response.result.code == ResultCode.SUCCESS:
            self.bound_as = (name, password)
        return response.result

    async def search(self, request: SearchRequest) -> AsyncIterator[Entry | SearchDone]:
        """What is found, and how the search ended. Raises: LinkLost."""
        self._send(request)
        while True:
            response = await self._response()
            if isinstance(response, Reference):
                continue
            if not isinstance(response, Entry | SearchDone):
                raise self._broken("the server answers a search with something else")
            yield response
            if isinstance(response, SearchDone):
                return

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted (RFC 4511 §4.14). Raises: LinkLost, ssl.SSLCertVerificationError."""
        response = await self._only(ExtendedRequest(START_TLS))
        if not isinstance(response, ExtendedResponse) or response.result.code != ResultCode.SUCCESS:
            raise self._broken("the server does not begin TLS")
        if self._connection.unread_octets:
            raise self._broken("somebody has put an answer in front of TLS")
        assert self._transport is not None, "it has answered"
        loop = asyncio.get_running_loop()
        upgraded = await loop.start_tls(self._transport, self, context, server_hostname=host, ssl_handshake_timeout=CONNECT_SECONDS)
        if upgraded is None:
            raise self._broken("the server closed the connection during the TLS handshake")
        self._transport = upgraded

    def close(self) -> None:
        """Say goodbye; nobody waits for an answer."""
        if self._transport is not None and not self._lost:
            self._transport.write(self._connection.request(UnbindRequest()))
            self._transport.abort()  # close() would wait for the server's end of TLS, half a minute where none comes

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _only(self, request: Request) -> Response:
        self._send(request)
        return await self._response()

    def _send(self, request: Request) -> None:
        if self._lost or self._transport is None:
            raise LinkLost(self._lost)
        self._transport.write(self._connection.request(request))

    async def _response(self) -> Response:
        while True:
            try:
                response = self._connection.next_response()
            except ProtocolViolation as error:
                raise self._broken(str(error)) from error
            if response is not None:
                return response
            if self._lost:
                raise LinkLost(self._lost)
            assert self._transport is not None, "something was asked"
            self._transport.resume_reading()
            self._arrived = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._arrived
            except TimeoutError:
                raise self._broken("the server does not answer") from None

    def _broken(self, words: str) -> LinkLost:
        self.abort()
        return LinkLost(words)

    def _wake(self) -> None:
        waiter, self._arrived = self._arrived, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


async def open_link(address: str, port: int, host: str, context: ssl.SSLContext | None) -> LdapLink:
    """Connect; with a context TLS comes first. Raises: LinkLost, ssl.SSLCertVerificationError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, link = await loop.create_connection(
                LdapLink, address, port, ssl=context, server_hostname=host if context is not None else None
            )
    except TimeoutError:
        raise LinkLost(f"no connection within {CONNECT_SECONDS:.0f} s") from None
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise LinkLost(f"no connection: {error.strerror or error}") from error
    return link
