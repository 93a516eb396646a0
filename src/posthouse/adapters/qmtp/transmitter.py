"""Handing messages to QMTP servers (port ``Transmitter``): one connection and one package per message."""

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import Final

from posthouse.adapters.smtp.pieces import pieces_of
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.resolver import Resolver
from posthouse.ports.spool import Spool
from posthouse.ports.transmitter import Probe, Result, Route, Transmission
from posthouse.protocols.qmtp.netstrings import InvalidNetstring, NetstringReader
from posthouse.protocols.qmtp.package import (
    ANSWER_OCTETS,
    Answer,
    InvalidAnswer,
    Kind,
    begin_package,
    end_package,
    parse_answer,
)

CONNECT_SECONDS: Final = 30.0
WRITE_SECONDS: Final = 180.0
ANSWER_SECONDS: Final = 600.0
ADDRESSES: Final = 4
_CODES: Final = {Kind.ACCEPTED: (250, "2.0.0"), Kind.LATER: (450, "4.0.0"), Kind.NEVER: (550, "5.0.0")}
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Lost(ConnectionError):
    """The connection failed, broke, fell silent, or the other side does not speak QMTP."""


class QmtpTransmitter:
    """See the module."""

    def __init__(self, resolver: Resolver, spool: Spool) -> None:
        self._resolver = resolver
        self._spool = spool

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message."""
        if transmission.deliver_mode.startswith("R"):
            refusal = Result(554, "5.3.3", "QMTP knows no deadlines (DELIVERBY)", route.host, lacking=True)
            return [refusal] * len(transmission.recipients)
        is_out = False
        try:
            reader, writer = await self._connected(route)
        except (PosthouseError, _Lost) as error:
            return [Result(0, "", str(error), route.host, reached=False)] * len(transmission.recipients)
        try:
            try:
                await self._send(writer, transmission)
                is_out = True
                return await self._answers(reader, route, transmission)
            finally:
                writer.transport.abort()
        except (PosthouseError, _Lost, OSError) as error:
            return [Result(0, "", str(error), route.host, uncertain=is_out)] * len(transmission.recipients)

    async def probe(self, route: Route) -> Probe:
        """Connect: a QMTP server says nothing before it is given mail."""
        try:
            _, writer = await self._connected(route)
        except (PosthouseError, _Lost) as error:
            return Probe(False, (str(error),))
        writer.transport.abort()
        return Probe(True, (f"connected to {route.host} port {route.port}", "not encrypted (QMTP)"))

    async def _connected(self, route: Route) -> Streams:
        failure = _Lost(f"{route.host} has no address")
        for address in (await self._addresses(route.host))[:ADDRESSES]:
            version = ipaddress.ip_address(address).version
            source = next((one for one in route.sources if ipaddress.ip_address(one).version == version), None)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(address, route.port, local_addr=(source, 0) if source else None)
            except (OSError, TimeoutError) as error:
                failure = _Lost(f"no connection to {address} port {route.port}: {error}")
        raise failure

    async def _addresses(self, host: str) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolver.addresses(host)

    async def _send(self, writer: asyncio.StreamWriter, transmission: Transmission) -> None:
        writer.write(begin_package(transmission.content.size_octets))
        async for piece in pieces_of(transmission.content, self._spool):
            writer.write(piece)
            await _drained(writer)
        addresses = [recipient.address for recipient in transmission.recipients]
        writer.write(end_package(transmission.reverse_path, addresses))
        await _drained(writer)

    async def _answers(self, reader: asyncio.StreamReader, route: Route, transmission: Transmission) -> list[Result]:
        netstrings = NetstringReader(ANSWER_OCTETS)
        results: list[Result] = []
        for _ in transmission.recipients:
            try:
                answer = await _next(reader, netstrings)
            except _Lost as error:
                # Answers that came before it broke count.
                results.append(Result(0, "", str(error), route.host, uncertain=True))
                continue
            code, status = _CODES[answer.kind]
            results.append(Result(code, status, answer.text, route.host))
        return results


async def _drained(writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            await writer.drain()
    except TimeoutError:
        raise _Lost("the server reads no more") from None


async def _next(reader: asyncio.StreamReader, netstrings: NetstringReader) -> Answer:
    try:
        while (found := netstrings.next()) is None:
            async with asyncio.timeout(ANSWER_SECONDS):
                octets = await reader.read(4_096)
            if not octets:
                raise _Lost("the server closed the connection")
            netstrings.receive_data(octets)
        return parse_answer(found)
    except (InvalidNetstring, InvalidAnswer) as error:
        raise _Lost(f"the server does not speak QMTP: {error}") from error
    except TimeoutError:
        raise _Lost("the server does not answer") from None
    except OSError as error:
        raise _Lost(f"the connection broke: {error}") from error
