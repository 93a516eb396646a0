"""Handing messages to other servers over SMTP and LMTP (port ``Transmitter``)."""

import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

from posthouse.adapters.smtp.driving import Drive
from posthouse.adapters.smtp.envelope import envelope_of
from posthouse.adapters.smtp.link import Link, LinkLost, open_link
from posthouse.adapters.smtp.pool import Pool, Prepared
from posthouse.formats.address.mailbox import InvalidMailbox
from posthouse.foundation.errors import PosthouseError
from posthouse.model.content import Content, Range, Spooled, slices
from posthouse.ports.resolver import Resolver
from posthouse.ports.spool import Spool
from posthouse.ports.transmitter import Result, Route, Transmission
from posthouse.protocols.sasl.types import Credentials
from posthouse.protocols.smtp.capabilities import Extension
from posthouse.protocols.smtp.client.handshake import Introduction, NotReady, Tls, introduce
from posthouse.protocols.smtp.client.transaction import Transacted, Verdict, transact
from posthouse.protocols.smtp.types import Dialect

ADDRESSES: Final = 4
"""Addresses of one host that are tried."""
PIECE_OCTETS: Final = 262_144
DIALECTS: Final = {"smtp": Dialect.SMTP, "smtps": Dialect.SMTP, "lmtp": Dialect.LMTP}


class HandshakeFailed(LinkLost):
    """The server offers STARTTLS and cannot do it."""


class SmtpTransmitter:
    """Speaks as ``hostname``; keeps connections for a moment; encrypts wherever the other side can."""

    def __init__(self, hostname: str, resolver: Resolver, spool: Spool) -> None:
        self._hostname = hostname
        self._resolver = resolver
        self._spool = spool
        self._pool = Pool()
        self._verified = ssl.create_default_context()
        self._opportunistic = ssl.create_default_context()
        self._opportunistic.check_hostname = False
        self._opportunistic.verify_mode = ssl.CERT_NONE

    def close(self) -> None:
        """End idle connections."""
        self._pool.close()

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message."""
        idle = self._pool.take(route)
        if idle is not None:
            drive = self._drive(idle, transmission)
            try:
                return await self._hand_over(route, idle, drive, transmission)
            except LinkLost as error:
                # The server had enough of waiting; a new connection is no second attempt.
                if drive.content_is_out:
                    return _lost(transmission, idle.remote, str(error), uncertain=True)
        try:
            fresh = await self._prepare(route)
        except PosthouseError as error:
            return _lost(transmission, route.host, str(error))
        except LinkLost as error:
            return _lost(transmission, route.host, str(error))
        drive = self._drive(fresh, transmission)
        try:
            return await self._hand_over(route, fresh, drive, transmission)
        except LinkLost as error:
            return _lost(transmission, fresh.remote, str(error), uncertain=drive.content_is_out)

    # a connection

    async def _prepare(self, route: Route) -> Prepared:
        """A connection ready for MAIL. Raises: LinkLost with the last reason, NotFound, Unavailable."""
        failure = LinkLost(f"{route.host} has no address")
        for address in (await self._addresses(route.host))[:ADDRESSES]:
            try:
                return await self._prepare_at(route, address)
            except LinkLost as error:
                failure = error
        raise failure

    async def _addresses(self, host: str) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolver.addresses(host)

    async def _prepare_at(self, route: Route, address: str) -> Prepared:
        if route.scheme == "smtps":
            return await self._introduce(route, address, Tls.STANDS)
        if route.verified_tls:
            return await self._introduce(route, address, Tls.REQUIRED)
        try:
            return await self._introduce(route, address, Tls.WHERE_OFFERED)
        except HandshakeFailed:
            if route.user:
                raise  # a password does not go over the wire in clear
            return await self._introduce(route, address, Tls.NEVER)

    async def _introduce(self, route: Route, address: str, tls: Tls) -> Prepared:
        context = self._verified if route.verified_tls or route.user else self._opportunistic
        link = await open_link(address, route.port, context if tls is Tls.STANDS else None, route.host)
        introduction = Introduction(
            self._hostname,
            DIALECTS[route.scheme],
            Tls.REQUIRED if route.user and tls is Tls.WHERE_OFFERED else tls,
            Credentials(route.user, route.password) if route.user else None,
        )
        remote = route.host if route.host == address else f"{route.host} [{address}]"
        try:
            ready = await Drive(link, secure=partial(_secure, link, context, route.host)).run(introduce(introduction))
        except BaseException:
            link.abort()
            raise
        if isinstance(ready, NotReady):
            link.abort()
            raise LinkLost(f"{remote} refused at {ready.stage}: {ready.reply.code} {ready.reply.status} {ready.reply.text}")
        return Prepared(link, ready.capabilities, remote)

    # a message

    def _drive(self, prepared: Prepared, transmission: Transmission) -> Drive:
        return Drive(prepared.link, pieces=partial(self._pieces, transmission.content))

    async def _hand_over(self, route: Route, prepared: Prepared, drive: Drive, transmission: Transmission) -> Sequence[Result]:
        try:
            envelope = envelope_of(transmission)
        except InvalidMailbox as error:
            self._pool.give(route, prepared)
            return [Result(553, "5.1.3", str(error), "") for _ in transmission.recipients]
        try:
            done = await drive.run(transact(envelope, prepared.capabilities, DIALECTS[route.scheme]))
        except BaseException:
            prepared.link.abort()
            raise
        prepared.uses += 1
        if done.reusable:
            self._pool.give(route, prepared)
        else:
            prepared.link.abort()
        return _results(done, prepared)

    async def _pieces(self, content: Content) -> AsyncIterator[bytes]:
        """The shown octets, a bounded piece at a time."""
        for start in range(0, content.size_octets, PIECE_OCTETS):
            wanted = slices(content.pieces or _everything(content), start, start + PIECE_OCTETS)
            yield b"".join([piece if isinstance(piece, bytes) else await self._octets(content, piece) for piece in wanted])

    async def _octets(self, content: Content, piece: Range) -> bytes:
        if isinstance(content.body, Spooled):
            return await self._spool.read(content.body, piece.start, piece.end - piece.start)
        return content.body[piece.start : piece.end]


async def _secure(link: Link, context: ssl.SSLContext, host: str) -> None:
    try:
        await link.start_tls(context, host)
    except LinkLost as error:
        raise HandshakeFailed(str(error)) from error


def _everything(content: Content) -> tuple[Range, ...]:
    return (Range(0, content.body_octets),)


def _results(done: Transacted, prepared: Prepared) -> list[Result]:
    notifies = Extension.DSN in prepared.capabilities
    return [_result(verdict, prepared.remote, notifies=notifies) for verdict in done.verdicts]


def _result(verdict: Verdict, remote: str, *, notifies: bool) -> Result:
    reply = verdict.reply
    return Result(reply.code, reply.status, reply.text, remote, notifies)


def _lost(transmission: Transmission, remote: str, why: str, *, uncertain: bool = False) -> list[Result]:
    return [Result(0, "", why, remote, uncertain=uncertain) for _ in transmission.recipients]
