"""One POP3 session: takes events one by one, lets commands answer them, ends the connection when it must."""

import logging
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.listeners import LISTENERS_BANNERS
from posthouse.protocols.pop3.events import NEED_DATA, Event
from posthouse.protocols.pop3.responses import Response, ResponseCode, err, ok
from posthouse.protocols.pop3.state import State
from posthouse.servers.pop3.answers import BROKEN, GREETING, SERVER_FULL, TIMED_OUT, response_to
from posthouse.servers.pop3.commands.table import HANDLERS
from posthouse.servers.pop3.dialogue import WRITE_OCTETS, Dialogue
from posthouse.servers.pop3.house import House
from posthouse.transport.errors import Disconnected
from posthouse.transport.pump import Pump
from posthouse.transport.wire import Wire

BUFFERED_OCTETS: Final = 65_536
"""Octets received while a command is being served; beyond them nothing is read."""
_log = logging.getLogger(__name__)


class Pop3Session:
    """See the module."""

    __slots__ = ("_dialogue", "_ending", "_gone", "_greeted", "_house", "_pump", "_wire")

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._pump = Pump(self._serve, self._failed)
        self._dialogue = Dialogue(house, wire, self._end)
        self._greeted = self._gone = False
        self._ending: Response | None = None
        """The house wants to end the session as soon as the command being served is answered."""

    # what the wire tells

    def opened(self) -> None:
        """Greet, unless the address must be counted first."""
        connections = self._house.connections
        full = connections.full
        connections.open += 1
        self._wire.set_deadline(self._dialogue.idle_seconds)
        if full:
            self._last_words(SERVER_FULL)
        elif connections.limited:
            self._pump.kick()
        else:
            self._greet()
            self._wire.write(self._dialogue.take_output())

    def received(self, octets: bytes) -> None:
        """Hand octets on; read no more while they pile up."""
        connection = self._dialogue.connection
        connection.receive_data(octets)
        if self._pump.running and connection.buffered_octets > BUFFERED_OCTETS:
            self._wire.pause()
        self._wire.set_deadline(self._dialogue.idle_seconds)
        self._pump.kick()

    def closed(self) -> None:
        """Clean up, after the command being served."""
        self._gone = True
        self._house.connections.open -= 1
        if self._dialogue.leaves_something:
            self._pump.kick()

    def expired(self) -> None:
        """Nothing heard for too long, or nothing read of what was asked for."""
        if self._pump.running:
            self._wire.abort()
        else:
            self._last_words(TIMED_OUT)

    # serving

    async def _serve(self) -> None:
        try:
            if not self._greeted:
                await self._admit()
            await self._answer()
            await self._dialogue.flush()
        except Disconnected:
            self._gone = True
        if self._gone:
            await self._dialogue.abandon()
        elif self._ending is not None:
            self._last_words(self._ending)
        elif self._dialogue.connection.state is State.CLOSED:
            self._wire.close()
        else:
            self._wire.resume()

    async def _admit(self) -> None:
        try:
            self._dialogue.leave = await self._house.connections.enter(self._wire.peer[0])
        except PosthouseError as error:
            self._greeted = True
            self._dialogue.greet(err(str(error), ResponseCode.SYS_TEMP))
        else:
            self._greet()

    def _greet(self) -> None:
        self._greeted = True
        words = self._house.settings[LISTENERS_BANNERS].get("pop3s" if self._wire.tls else "pop3", GREETING)
        self._dialogue.greet(ok(f"{self._house.hostname} {words}"))

    async def _answer(self) -> None:
        dialogue, connection = self._dialogue, self._dialogue.connection
        while not self._gone and self._ending is None and (event := connection.next_event()) is not NEED_DATA:
            await self._give_meaning(event)
            if connection.state is State.SECURING:
                await self._secure()
            elif dialogue.output_octets > WRITE_OCTETS:
                await dialogue.flush()

    async def _give_meaning(self, event: Event) -> None:
        try:
            await HANDLERS[type(event)](self._dialogue, event)
        except PosthouseError as error:
            if self._wire.is_closing:
                raise Disconnected("the message could not be sent to its end") from error
            self._dialogue.reply(response_to(error))

    async def _secure(self) -> None:
        await self._dialogue.flush()
        assert self._house.tls is not None, "STLS is accepted with a context only"
        await self._wire.start_tls(self._house.tls)
        self._dialogue.connection.tls_established()

    def _failed(self, error: BaseException) -> None:
        _log.error("a POP3 session failed", exc_info=error)
        self._last_words(BROKEN)

    def _end(self, reason: PosthouseError) -> None:
        """The house ends the session: its credential is revoked, its account is away, or the server shuts down."""
        if self._pump.running:
            self._ending = response_to(reason)
        else:
            self._last_words(response_to(reason))

    def _last_words(self, response: Response) -> None:
        if not self._wire.is_closing:
            self._wire.write(self._dialogue.take_output() + self._dialogue.connection.farewell(response))
            self._wire.close()
