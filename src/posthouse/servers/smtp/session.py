"""One SMTP session: takes events one by one, lets commands answer them, ends the connection when it must.

An idle session is a few objects and a timer. What is answered to pipelined commands goes out together.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.listeners import LISTENERS_BANNERS
from posthouse.model.settings.receiving import SMTP_GREETING_SECONDS, SMTP_IDLE_SECONDS
from posthouse.protocols.smtp.codes import Code
from posthouse.protocols.smtp.events import NEED_DATA
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.state import State
from posthouse.servers.smtp.answers import BROKEN, SERVER_FULL, TIMED_OUT, TOO_EARLY, ending_reply
from posthouse.servers.smtp.commands.table import HANDLERS
from posthouse.servers.smtp.dialogue import WRITE_OCTETS, Dialogue
from posthouse.servers.smtp.house import House
from posthouse.servers.smtp.roles import Role
from posthouse.transport.errors import Disconnected
from posthouse.transport.pump import Pump
from posthouse.transport.wire import Session, Wire

BUFFERED_OCTETS: Final = 262_144
"""Octets received while a command is being served; beyond them nothing is read."""
BUSY_SECONDS: Final = 60.0
"""How often the deadline is looked at while the house itself is working."""
_log = logging.getLogger(__name__)


class SmtpSession:
    """See the module."""

    __slots__ = ("_dialogue", "_draining", "_ending", "_gone", "_greeted", "_house", "_pump", "_role", "_wire")

    def __init__(self, house: House, role: Role, wire: Wire) -> None:
        self._house = house
        self._role = role
        self._wire = wire
        self._pump = Pump(self._serve, self._failed)
        self._dialogue: Dialogue | None = None
        self._greeted = self._gone = self._draining = False
        self._ending: Reply | None = None
        """The house wants to end the session as soon as the command being served is answered."""

    # what the wire tells

    def opened(self) -> None:
        """Greet, unless the address must be counted first."""
        connections = self._house.connections
        full = connections.full
        connections.open += 1
        self._dialogue = dialogue = Dialogue(self._house, self._role, self._wire, self._end)
        self._wire.set_deadline(self._idle_seconds)
        if full:
            self._last_words(SERVER_FULL)
        elif self._role is not Role.LMTP and (connections.limited or self._greeting_seconds):
            self._pump.kick()
        else:
            self._greet(dialogue)
            self._wire.write(dialogue.take_output())

    def received(self, octets: bytes) -> None:
        """Hand octets on; read no more while they pile up."""
        if self._dialogue is None:
            return
        connection = self._dialogue.connection
        connection.receive_data(octets)
        if self._pump.running and connection.buffered_octets > BUFFERED_OCTETS:
            self._wire.pause()
        self._wire.set_deadline(self._idle_seconds)
        self._pump.kick()

    def closed(self) -> None:
        """Clean up, after the command being served: a commit under way is not broken off."""
        self._gone = True
        self._house.connections.open -= 1
        if self._dialogue is not None and self._dialogue.leaves_something:
            self._pump.kick()

    def expired(self) -> None:
        """Nothing heard for too long, or nothing read; the house's own work is waited for."""
        if self._draining:
            self._wire.abort()
        elif self._pump.running:
            self._wire.set_deadline(BUSY_SECONDS)
        else:
            self._last_words(TIMED_OUT)

    # serving

    async def _serve(self) -> None:
        dialogue = self._dialogue
        assert dialogue is not None, "the wire opens before anything else"
        try:
            if not self._greeted:
                await self._admit(dialogue)
            await self._answer(dialogue)
            await self._flush(dialogue)
        except Disconnected:
            self._gone = True
        if self._gone:
            await dialogue.abandon()
        elif self._ending is not None:
            self._last_words(self._ending)
        elif dialogue.connection.state is State.CLOSED:
            self._wire.close()
        else:
            self._wire.resume()

    async def _admit(self, dialogue: Dialogue) -> None:
        self._greeted = True
        try:
            if self._house.connections.limited:
                dialogue.leave = await self._house.connections.enter(self._wire.peer[0])
        except PosthouseError as error:
            dialogue.farewell(ending_reply(error))
            return
        if self._greeting_seconds:
            await asyncio.sleep(self._greeting_seconds)
        if self._greeting_seconds and dialogue.connection.buffered_octets:
            dialogue.farewell(TOO_EARLY)
        else:
            self._greet(dialogue)

    def _greet(self, dialogue: Dialogue) -> None:
        self._greeted = True
        language = "LMTP" if self._role is Role.LMTP else "ESMTP"
        dialogue.greet(Reply(Code.SERVICE_READY, f"{self._house.hostname} {language} {self._banner}"))

    @property
    def _banner(self) -> str:
        name = {Role.MX: "smtp", Role.LMTP: "lmtp"}.get(self._role, "submissions" if self._wire.tls else "submission")
        return self._house.settings[LISTENERS_BANNERS].get(name, "Posthouse")

    async def _answer(self, dialogue: Dialogue) -> None:
        connection = dialogue.connection
        while not self._gone and self._ending is None and (event := connection.next_event()) is not NEED_DATA:
            await HANDLERS[type(event)](dialogue, event)
            if connection.state is State.SECURING:
                await self._secure(dialogue)
            elif dialogue.output_octets > WRITE_OCTETS:
                await self._flush(dialogue)

    async def _secure(self, dialogue: Dialogue) -> None:
        await self._flush(dialogue)
        assert self._house.tls is not None, "STARTTLS is offered with a context only"
        await self._wire.start_tls(self._house.tls)
        dialogue.connection.tls_established()
        dialogue.secured()

    async def _flush(self, dialogue: Dialogue) -> None:
        octets = dialogue.take_output()
        if not octets:
            return
        self._wire.write(octets)
        self._draining = True
        try:
            await self._wire.drain()
        finally:
            self._draining = False

    def _failed(self, error: BaseException) -> None:
        _log.error("an SMTP session failed", exc_info=error)
        self._last_words(BROKEN)

    def _end(self, reason: PosthouseError) -> None:
        """The house ends the session: its credential is revoked, or the server shuts down."""
        if self._pump.running:
            self._ending = ending_reply(reason)
        else:
            self._last_words(ending_reply(reason))

    def _last_words(self, reply: Reply) -> None:
        if self._dialogue is None or self._wire.is_closing:
            return
        self._wire.write(self._dialogue.take_output() + self._dialogue.connection.farewell(reply))
        self._wire.close()

    @property
    def _greeting_seconds(self) -> float:
        return self._house.settings[SMTP_GREETING_SECONDS] if self._role is Role.MX else 0.0

    @property
    def _idle_seconds(self) -> float:
        return float(self._house.settings[SMTP_IDLE_SECONDS])


def smtp_sessions(house: House, role: Role) -> Callable[[Wire], Session]:
    """The session factory of a listener."""
    return lambda wire: SmtpSession(house, role, wire)
