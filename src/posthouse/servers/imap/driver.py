"""The session as the transport drives it: octets in, events to commands, deadlines, goodbyes.

Between commands there is no task. Everything that may go wrong ends in words: a wrong command in ``BAD``, too many of them in
``BYE``, a failure of ours in ``NO``.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.listeners import LISTENERS_BANNERS
from posthouse.model.settings.programs import IMAP_ERRORS, IMAP_IDLE_SECONDS, IMAP_LOGIN_SECONDS
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.commands.replace import Replace
from posthouse.protocols.imap.commands.table import Command
from posthouse.protocols.imap.connection import Connection
from posthouse.protocols.imap.events import AppendBegun, CommandReceived, Event, Refused, Reply
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import ok, untagged_ok
from posthouse.servers.imap.answers import code_of, refusal, sentence
from posthouse.servers.imap.commands.numbers import require_uids
from posthouse.servers.imap.commands.table import handler_of
from posthouse.servers.imap.house import House
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import tell_news, tell_unasked
from posthouse.transport.errors import Disconnected
from posthouse.transport.pump import Pump
from posthouse.transport.wire import Wire

PAUSE_OCTETS: Final = 262_144
"""No more is read from the socket while this much waits to be served."""
BUSY_SECONDS: Final = 60.0
"""How often the deadline is looked at while the house itself is working."""

_log = logging.getLogger(__name__)


class ImapDriver:
    """What the transport calls (``transport.wire.Session``)."""

    __slots__ = ("_errors", "_house", "_is_greeted", "_pump", "_session", "_wire")

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._session = Session(house, wire, Connection())
        self._session.on_news = self._kick
        self._session.on_revoked = self._end
        self._pump = Pump(self._serve, self._failed)
        self._errors = 0
        self._is_greeted = False

    def opened(self) -> None:
        """Greet, or say that there are too many already."""
        connections = self._house.connections
        is_full = connections.full
        connections.open += 1
        self._wire.set_deadline(self._house.settings[IMAP_LOGIN_SECONDS])
        if is_full:
            self._session.say_goodbye("Too many connections, try again later", codes.UNAVAILABLE)
        elif connections.limited:
            self._kick()
        else:
            self._greet()
            self._session.flush()

    def received(self, octets: bytes) -> None:
        """Take octets in and serve them when their turn comes."""
        connection = self._session.connection
        connection.receive_data(octets)
        if connection.received_octets > PAUSE_OCTETS:
            self._wire.pause()
        if self._session.principal is not None:
            self._wire.set_deadline(self._house.settings[IMAP_IDLE_SECONDS])
        self._kick()

    def closed(self) -> None:
        """Let everything go."""
        self._house.connections.open -= 1
        self._pump.cancel()
        self._session.end()

    def expired(self) -> None:
        """Nothing came, or nothing was read, for too long; the house's own work is waited for."""
        if self._session.is_draining or self._session.is_closing:
            self._wire.abort()
            return
        if self._pump.running:
            self._wire.set_deadline(BUSY_SECONDS)
            return
        self._session.say_goodbye("Idle for too long" if self._session.principal is not None else "Nobody has signed in", b"")

    def _kick(self) -> None:
        if not self._session.is_closing:
            self._pump.kick()

    def _end(self, reason: PosthouseError) -> None:
        """The credential counts no longer, or the house closes: whatever is being answered is answered no further."""
        self._pump.cancel()
        self._session.say_goodbye(sentence(str(reason)), code_of(reason))

    def _failed(self, error: BaseException) -> None:
        """Something went wrong outside any command: a bug of ours."""
        _log.error("an IMAP session failed", exc_info=error)
        self._session.say_goodbye("Something is wrong on this server; it has been noted", codes.SERVERBUG)

    async def _serve(self) -> None:
        """Serve what has arrived, then what has happened."""
        session, loop = self._session, asyncio.get_running_loop()
        session.begin_turn()
        try:
            if not self._is_greeted:
                await self._admit()
            while not session.is_closing and (event := session.connection.next_event()) is not None:
                await self._take(event)
                if loop.time() > session.turn_until:
                    session.flush()
                    await session.drain()
            if not session.is_closing:
                await tell_unasked(session)
            session.flush()
            if session.connection.awaits_line_end:
                self._wire.acknowledge()  # imaplib ends a literal apart, and only after ours, which else takes 40 ms
            self._wire.resume()  # the connection has taken everything in
        except Disconnected:
            session.close()

    async def _admit(self) -> None:
        """Count the address first, then greet."""
        try:
            leave = await self._house.connections.enter(self._wire.peer[0])
        except PosthouseError as error:
            self._is_greeted = True
            self._session.say_goodbye(sentence(str(error)), codes.UNAVAILABLE)
        else:
            self._session.counted_by_address(leave)
            self._greet()

    def _greet(self) -> None:
        self._is_greeted = True
        words = self._house.settings[LISTENERS_BANNERS].get("imaps" if self._wire.tls else "imap", "Posthouse ready")
        self._session.write(untagged_ok(words, codes.capability(self._session.capabilities())))

    def _waits_for_news(self) -> bool:
        selected = self._session.selected
        return selected is not None and self._kick in selected.view.listeners

    async def _take(self, event: Event) -> None:
        """Deal with one event."""
        session = self._session
        if isinstance(event, CommandReceived | AppendBegun):
            await self._begin(event.tag, event.command)
        elif isinstance(event, Reply):
            session.write(event.octets)
            session.flush()
        elif isinstance(event, Refused):
            await self._refused(event)
        else:
            await self._go_on(event)

    async def _begin(self, tag: bytes, command: Command) -> None:
        """Serve a command."""
        session = self._session
        session.tag = tag
        handler = handler_of(command)
        try:
            if not isinstance(command, Append | Replace):  # these are answered once their message has gone by
                require_uids(session.modes, command)
            done = await handler.serve(session, command)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 -- every failure of a command has an answer, see answers.refusal
            await self._tell(refusal(tag, error, session.modes.say), with_expunges=handler.tells_expunges)
            self._count_guess()
            return
        if done is not None:
            self._errors = 0
            await self._tell(ok(tag, session.modes.say(done.text), done.code), with_expunges=handler.tells_expunges)

    async def _go_on(self, event: Event) -> None:
        """Give an event to the command that waits for it; without one it belongs to a command that was refused."""
        session = self._session
        dialogue = session.dialogue
        if dialogue is None:
            return
        try:
            done = await dialogue.take(event)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 -- every failure of a command has an answer, see answers.refusal
            session.dialogue = None
            await dialogue.abandon()
            await self._tell(refusal(session.tag, error, session.modes.say), with_expunges=True)
            self._count_guess()
            return
        if done is not None:
            session.dialogue = None
            await self._tell(ok(session.tag, session.modes.say(done.text), done.code), with_expunges=True)

    async def _tell(self, response: bytes, *, with_expunges: bool) -> None:
        """Write what happened in the mailbox, then the tagged response."""
        await tell_news(self._session, with_expunges=with_expunges)
        self._session.write(response)
        await self._session.drain()

    async def _refused(self, event: Refused) -> None:
        """Tell the client what it did wrong; whoever does nothing else is sent away."""
        session = self._session
        dialogue, session.dialogue = session.dialogue, None
        if dialogue is not None:
            await dialogue.abandon()
        session.write(event.reply)
        if event.is_final:
            session.close()
        else:
            self._count_error()

    def _count_guess(self) -> None:
        """Before somebody has signed in a failure is a wrong password, or nearly one."""
        if self._session.principal is None:
            self._count_error()

    def _count_error(self) -> None:
        self._errors += 1
        if self._errors >= self._house.settings[IMAP_ERRORS]:
            self._session.say_goodbye("Too many wrong commands", b"")


def imap_sessions(house: House) -> Callable[[Wire], ImapDriver]:
    """Make the session factory of a listener."""
    return lambda wire: ImapDriver(house, wire)
