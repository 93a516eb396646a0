"""One QMTP connection: packages one after the other, each answered when it is kept or refused.

There is no greeting and no farewell: who may not connect, or does not speak the protocol, is hung up on.
"""

import logging
from collections.abc import Callable
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.receiving import SMTP_IDLE_SECONDS, SMTP_MESSAGE_OCTETS
from posthouse.protocols.qmtp.package import write_answer
from posthouse.protocols.qmtp.server import Content, Envelope, QmtpServer, Violation
from posthouse.servers.qmtp.house import House
from posthouse.servers.qmtp.package import Package
from posthouse.services.connections import Leave
from posthouse.transport.errors import Disconnected
from posthouse.transport.pump import Pump
from posthouse.transport.wire import Session, Wire

BUFFERED_OCTETS: Final = 262_144
"""Received while something is being kept; beyond them nothing is read."""
BUSY_SECONDS: Final = 60.0
_log = logging.getLogger(__name__)


class QmtpSession:
    """See the module."""

    __slots__ = ("_admitted", "_gone", "_house", "_leave", "_package", "_pump", "_received", "_received_octets", "_server", "_wire")

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._pump = Pump(self._serve, self._failed)
        self._server = QmtpServer(house.settings[SMTP_MESSAGE_OCTETS])
        self._package: Package | None = None
        self._received: list[bytes] = []
        self._received_octets = 0
        self._admitted = self._gone = False
        self._leave: Leave | None = None

    # what the wire tells

    def opened(self) -> None:
        """Wait for the first package, where there is room."""
        connections = self._house.connections
        full = connections.full
        connections.open += 1
        self._wire.set_deadline(self._idle_seconds)
        if full:
            self._wire.close()

    def received(self, octets: bytes) -> None:
        """Remember octets; read no more while they pile up."""
        self._received.append(octets)
        self._received_octets += len(octets)
        if self._pump.running and self._received_octets > BUFFERED_OCTETS:
            self._wire.pause()
        self._wire.set_deadline(self._idle_seconds)
        self._pump.kick()

    def closed(self) -> None:
        """Clean up, after what is being kept: a commit under way is not broken off."""
        self._gone = True
        self._house.connections.open -= 1
        self._pump.kick()

    def expired(self) -> None:
        """Nothing heard for too long; the house's own work is waited for."""
        if self._pump.running:
            self._wire.set_deadline(BUSY_SECONDS)
        else:
            self._wire.close()

    # serving

    async def _serve(self) -> None:
        try:
            await self._admit()
            while self._received and not self._gone:
                octets, self._received, self._received_octets = b"".join(self._received), [], 0
                for event in self._server.receive_data(octets):
                    await self._answer(event)
        except (Violation, PosthouseError) as error:
            _log.info("QMTP from %s ends: %s", self._wire.peer[0], error)
            self._wire.close()
        except Disconnected:
            self._gone = True
        if self._gone:
            await self._let_go()
        else:
            self._wire.resume()

    async def _admit(self) -> None:
        """Count the connection once. Raises: LimitReached."""
        if not self._admitted:
            self._admitted = True
            if self._house.connections.limited:
                self._leave = await self._house.connections.enter(self._wire.peer[0])

    async def _answer(self, event: Content | Envelope) -> None:
        if self._package is None:
            self._package = Package(self._house, self._wire.peer[0])
        if isinstance(event, Content):
            await self._package.take(event.octets)
            return
        answers = await self._package.answers(event)
        await self._end_package()
        self._wire.write(b"".join(map(write_answer, answers)))
        await self._wire.drain()

    async def _end_package(self) -> None:
        package, self._package = self._package, None
        if package is not None:
            await package.discard()

    async def _let_go(self) -> None:
        await self._end_package()
        leave, self._leave = self._leave, None
        if leave is not None:
            await leave()

    def _failed(self, error: BaseException) -> None:
        _log.error("a QMTP session failed", exc_info=error)
        self._wire.close()

    @property
    def _idle_seconds(self) -> float:
        return float(self._house.settings[SMTP_IDLE_SECONDS])


def qmtp_sessions(house: House) -> Callable[[Wire], Session]:
    """The session factory of a listener."""
    return lambda wire: QmtpSession(house, wire)
