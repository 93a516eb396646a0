"""The server's side of one connection.

Events are taken one at a time and answered before the next, so that pipelined commands (RFC 2449 §6.6) are judged as if
they had come one by one. A message is answered in pieces: ``begin``, ``piece`` as often as needed, ``end``.

Quirk: lines that end in a bare LF are understood. Unlike SMTP nothing travels here that somebody else wrote, so a bare
LF can smuggle nothing, and scripts send it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from posthouse.foundation import limits
from posthouse.protocols.lines.dots import DotWriter
from posthouse.protocols.lines.inbound import Inbound, LineFault
from posthouse.protocols.pop3 import responses
from posthouse.protocols.pop3.commands import Apop, Auth, Pass, Stls, User, Utf8
from posthouse.protocols.pop3.errors import Misuse, SyntaxViolation
from posthouse.protocols.pop3.events import NEED_DATA, AuthResponse, Event, NeedData, Violation
from posthouse.protocols.pop3.grammar import parse_command
from posthouse.protocols.pop3.responses import Response, listing
from posthouse.protocols.pop3.state import LEGAL, State, refusal
from posthouse.protocols.sasl.encoding import RESPONSE_OCTETS, InvalidEncoding, decode, encode

_QUIET: Final = (State.GREETING, State.SECURING, State.CLOSED)


class ServerSettings(msgspec.Struct, frozen=True):
    """Bounds of a listener."""

    command_line_octets: int = limits.COMMAND_LINE_OCTETS


class ServerConnection:
    """See the module."""

    def __init__(self, settings: ServerSettings) -> None:
        self.state = State.GREETING
        self.user = ""
        """What USER said."""
        self.utf8 = False
        """Whether the client speaks UTF-8."""
        self.utf8_words = False
        """Whether it has chosen a language whose words are UTF-8 (RFC 6856 §3)."""
        self._settings = settings
        self._inbound = Inbound()
        self._pending: Event | None = None
        self._writer: DotWriter | None = None

    @property
    def buffered_octets(self) -> int:
        """Octets received and not looked at."""
        return len(self._inbound)

    def receive_data(self, octets: bytes) -> None:
        """Take what has arrived. After STLS was accepted octets in clear are dropped (injection)."""
        if self.state not in (State.SECURING, State.CLOSED):
            self._inbound.append(octets)

    def next_event(self) -> Event | NeedData:
        """The next thing the client did; it is to be answered before the next is taken."""
        if self._pending is not None or self._writer is not None:
            raise Misuse(f"{self._pending!r} is not answered")
        if self.state in _QUIET:
            return NEED_DATA
        line = self._inbound.raw_line(max(self._settings.command_line_octets, RESPONSE_OCTETS + 2))
        if line is None:
            return NEED_DATA
        self._pending = self._line_event(line)
        return self._pending

    def greet(self, response: Response) -> bytes:
        """Speak first; a negative greeting ends the dialogue. Returns octets to write."""
        if self.state is not State.GREETING:
            raise Misuse("the greeting is over")
        self.state = State.AUTHORIZATION if response.positive else State.CLOSED
        return response.octets()

    def reply(self, response: Response) -> bytes:
        """Answer the last event with one line. Returns octets to write."""
        event = self._answered()
        if response.positive:
            self._accepted(event)
        elif isinstance(event, Pass | AuthResponse):
            self.state = State.AUTHORIZATION
        return response.octets(utf8=self.utf8 or self.utf8_words)

    def reply_listing(self, response: Response, lines: Iterable[str]) -> bytes:
        """Answer the last event with short lines. Returns octets to write."""
        return self.reply(response) + listing(lines)

    def challenge(self, octets: bytes) -> bytes:
        """Answer Auth or AuthResponse with a challenge. Returns octets to write."""
        if not isinstance(self._pending, Auth | AuthResponse):
            raise Misuse("no authentication is going on")
        self._pending = None
        self.state = State.AUTHENTICATING
        return b"+ %s\r\n" % encode(octets)

    def begin(self, response: Response) -> bytes:
        """Begin to answer the last event with a message. Returns octets to write."""
        self._writer = DotWriter()
        return self.reply(response)

    def piece(self, octets: bytes) -> bytes:
        """Go on with a piece of the message. Returns octets to write."""
        if self._writer is None:
            raise Misuse("no message has begun")
        return self._writer.feed(octets)

    def end(self) -> bytes:
        """End the message. Returns octets to write."""
        if self._writer is None:
            raise Misuse("no message has begun")
        writer, self._writer = self._writer, None
        return writer.end()

    def farewell(self, response: Response) -> bytes:
        """End the dialogue from this side (shutdown, time-out). Returns octets to write."""
        self.state = State.CLOSED
        self._pending = self._writer = None
        self._inbound.clear()
        return response.octets(utf8=self.utf8 or self.utf8_words)

    def tls_established(self) -> None:
        """The handshake is done: what the client said before is forgotten (RFC 2595 §4)."""
        if self.state is not State.SECURING:
            raise Misuse("STLS was not accepted")
        self.state = State.AUTHORIZATION
        self.user, self.utf8 = "", False

    def _line_event(self, line: bytes | LineFault) -> Event:
        if isinstance(line, LineFault):
            self._give_up_authentication()
            return Violation(responses.LINE_TOO_LONG)
        line = line.removesuffix(b"\r")
        if self.state is State.AUTHENTICATING:
            return self._authentication_event(line)
        if len(line) + 2 > self._settings.command_line_octets and line[:4].upper() != b"AUTH":
            return Violation(responses.LINE_TOO_LONG)
        if b"\0" in line:
            return Violation(responses.NUL_IN_COMMAND)
        try:
            command = parse_command(line)
        except SyntaxViolation as violation:
            return Violation(violation.response)
        refused = refusal(self.state, type(command))
        if refused is None and isinstance(command, Apop):
            refused = responses.NO_APOP
        return command if refused is None else Violation(refused)

    def _authentication_event(self, line: bytes) -> Event:
        self._give_up_authentication()
        if line == b"*":
            return Violation(responses.AUTHENTICATION_CANCELLED)
        try:
            return AuthResponse(decode(line))
        except InvalidEncoding:
            return Violation(responses.BAD_BASE64)

    def _give_up_authentication(self) -> None:
        if self.state is State.AUTHENTICATING:
            self.state = State.AUTHORIZATION

    def _answered(self) -> Event:
        event, self._pending = self._pending, None
        if event is None:
            raise Misuse("nothing was asked")
        return event

    def _accepted(self, event: Event) -> None:
        match event:
            case Violation():
                raise Misuse("a violation cannot be accepted")
            case Auth() if not event.mechanism:
                return
            case AuthResponse():
                self.state = State.TRANSACTION
                return
            case User():
                self.user = event.name
            case Utf8():
                self.utf8 = True
            case Stls():
                self._inbound.clear()
        self.state = LEGAL[self.state][type(event)]
