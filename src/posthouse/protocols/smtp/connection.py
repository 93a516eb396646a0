"""The server's side of one connection.

The driver hands over what arrives (``receive_data``), takes one event at a time (``next_event``), gives it a meaning and
answers it (``reply``); the answer decides in which state the next event is read, so that pipelined commands are judged
as if they had come one by one. Whatever is refused, the stream stays in step: content nobody wants is swallowed to its
end and answered once.

NUL: refused in commands; in content kept, as RFC 5321 §4.5.2 wants octets kept. What shows a message decides what to do.
"""

from typing import Final

import msgspec

from posthouse.foundation import limits
from posthouse.protocols.lines.inbound import Inbound, LineFault
from posthouse.protocols.sasl.encoding import RESPONSE_OCTETS, InvalidEncoding, decode, encode
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.capabilities import Capabilities, Extension, mail_refusal, rcpt_refusal
from posthouse.protocols.smtp.codes import Code
from posthouse.protocols.smtp.commands import Auth, Bdat, Burl, Command, Data, Ehlo, Helo, Lhlo, Mail, Rcpt, Rset, StartTls
from posthouse.protocols.smtp.errors import Misuse, SyntaxViolation
from posthouse.protocols.smtp.events import NEED_DATA, AuthResponse, Content, ContentEnded, Event, NeedData, Violation
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.framing.transfer import Transfer
from posthouse.protocols.smtp.grammar.command import URL_OCTETS, parse_command
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.state import LEGAL, State, refusal
from posthouse.protocols.smtp.types import Body, Dialect

_LINE_FAULTS: Final = {
    LineFault.TOO_LONG: replies.LINE_TOO_LONG,
    LineFault.BARE_LINE_FEED: replies.BARE_LINE_FEED,
    LineFault.BARE_CARRIAGE_RETURN: replies.BARE_CARRIAGE_RETURN,
    LineFault.NUL: replies.NUL_IN_COMMAND,
}
_UNANSWERED: Final = (NeedData, Content, Bdat)


class ServerSettings(msgspec.Struct, frozen=True):
    """Bounds and policies of a listener."""

    dialect: Dialect = Dialect.SMTP
    message_octets: int = limits.MESSAGE_OCTETS
    command_line_octets: int = limits.COMMAND_LINE_OCTETS
    bare_newlines: BareNewlines = BareNewlines.REJECT


class ServerConnection:
    """See the module. ``capabilities`` is what the driver offers at this moment: it decides which parameters are legal."""

    def __init__(self, settings: ServerSettings, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.state = State.GREETING
        self.authenticated = False
        self._settings = settings
        self._inbound = Inbound()
        self._pending: Event | None = None
        self._mail: Mail | None = None
        self._recipients = 0
        self._transfer = Transfer()

    @property
    def buffered_octets(self) -> int:
        """Octets received and not looked at: before the greeting a sign of a client that does not wait its turn."""
        return len(self._inbound)

    @property
    def replies_due(self) -> int:
        """How many replies the last event wants: one, none, or in LMTP after the content one per accepted recipient."""
        if isinstance(self._pending, ContentEnded) and self._pending.last and self._settings.dialect is Dialect.LMTP:
            return self._recipients
        return 0 if self._pending is None else 1

    def receive_data(self, octets: bytes) -> None:
        """Take what has arrived. After STARTTLS was accepted octets in clear are dropped (RFC 3207 §6: injection)."""
        if self.state not in (State.SECURING, State.CLOSED):
            self._inbound.append(octets)

    def next_event(self) -> Event | NeedData:
        """The next thing the client did; every event but Content and Bdat is to be answered before the next is taken."""
        if self._pending is not None:
            raise Misuse(f"{self._pending!r} is not answered")
        if self.state in (State.GREETING, State.SECURING, State.CLOSED):
            return NEED_DATA
        event = self._next_content() if self._transfer.under_way else self._next_command()
        if not isinstance(event, _UNANSWERED):
            self._pending = event
        return event

    def greet(self, reply: Reply) -> bytes:
        """Speak first: 220 opens the dialogue, anything else ends it. Returns octets to write."""
        if self.state is not State.GREETING:
            raise Misuse("the greeting is over")
        self.state = State.UNIDENTIFIED if reply.is_positive else State.CLOSED
        return reply.octets()

    def reply(self, *answers: Reply) -> bytes:
        """Answer the last event. Returns octets to write."""
        if self._pending is None or len(answers) != self.replies_due:
            raise Misuse(f"{len(answers)} replies to {self._pending!r}, {self.replies_due} wanted")
        event, self._pending = self._pending, None
        utf8 = self._speaks_utf8(event)
        self._advance(event, answers[-1])
        return b"".join([answer.octets(utf8=utf8) for answer in answers])

    def challenge(self, octets: bytes) -> bytes:
        """Answer Auth or AuthResponse with a challenge. Returns octets to write."""
        if not isinstance(self._pending, Auth | AuthResponse):
            raise Misuse("no authentication is going on")
        self._pending = None
        self.state = State.AUTHENTICATING
        return b"%d %s\r\n" % (Code.CHALLENGE, encode(octets))

    def farewell(self, reply: Reply) -> bytes:
        """End the dialogue from this side at any point (421: shutdown, time-out, too many errors). Returns octets to write."""
        self.state = State.CLOSED
        self._pending = None
        self._inbound.clear()
        return reply.octets()

    def discard(self, reply: Reply) -> None:
        """Swallow the rest of the content that is coming in; its end will carry this reply as refusal."""
        if not self._transfer.refuse(reply):
            raise Misuse("no content is coming in")

    def insert(self, octets: bytes) -> bool:
        """Take a piece of what BURL names, as if it had come in a chunk; tells whether it may be kept."""
        if not isinstance(self._pending, Burl):
            raise Misuse("nothing is to be inserted")
        return self._transfer.insert(octets, message_octets=self._settings.message_octets, bare_newlines=self._bare_newlines)

    def inserted(self) -> ContentEnded:
        """All that BURL names has been inserted: how that ended, as after a chunk. BURL is still to be answered."""
        if not isinstance(self._pending, Burl):
            raise Misuse("nothing was inserted")
        if self._pending.last:
            self._transfer.finish()
        return ContentEnded(self._transfer.refusal, self._pending.last)

    def tls_established(self) -> None:
        """The handshake is done: the client starts anew (RFC 3207 §4.2)."""
        if self.state is not State.SECURING:
            raise Misuse("STARTTLS was not accepted")
        self.state = State.UNIDENTIFIED
        self.authenticated = False
        self._end_transaction()

    # reading

    def _next_content(self) -> Event | NeedData:
        return self._transfer.next_event(self._inbound)

    def _next_command(self) -> Event | NeedData:
        line = self._inbound.line(self._line_limit())
        if line is None:
            return NEED_DATA
        if self.state is State.AUTHENTICATING:
            return self._authentication_event(line)
        if isinstance(line, LineFault):
            return Violation(_LINE_FAULTS[line])
        try:
            command = parse_command(line)
        except SyntaxViolation as violation:
            return Violation(violation.reply, violation.fatal)
        reply = self._refusal(command)
        if isinstance(command, Bdat):
            return self._begin_chunk(command, reply)
        return command if reply is None else Violation(reply)

    def _begin_chunk(self, bdat: Bdat, refused: Reply | None) -> Event | NeedData:
        if refused is not None:
            self._transfer.swallow(bdat.size_octets, Violation(refused))
            return self._next_content()
        self._transfer.begin_chunk(
            bdat.size_octets,
            last=bdat.last,
            message_octets=self._settings.message_octets,
            bare_newlines=self._bare_newlines,
        )
        return bdat

    def _line_limit(self) -> int:
        may_authenticate = self.state is State.READY and Extension.AUTH in self.capabilities
        if self.state is State.AUTHENTICATING or may_authenticate:
            return max(self._settings.command_line_octets, RESPONSE_OCTETS + 2)
        if self.state in (State.RCPT, State.CHUNKS) and self.capabilities.takes_imap_urls:
            return max(self._settings.command_line_octets, URL_OCTETS + len(b"BURL  LAST\r\n"))
        return self._settings.command_line_octets

    def _authentication_event(self, line: bytes | LineFault) -> Event:
        self.state = State.READY
        if isinstance(line, LineFault):
            too_long = line is LineFault.TOO_LONG
            return Violation(replies.AUTHENTICATION_LINE_TOO_LONG if too_long else _LINE_FAULTS[line])
        if line == b"*":
            return Violation(replies.AUTHENTICATION_CANCELLED)
        try:
            return AuthResponse(decode(line))
        except InvalidEncoding:
            return Violation(replies.BAD_BASE64)

    def _refusal(self, command: Command) -> Reply | None:
        """Why a command is not legal now."""
        if isinstance(command, Burl) and not self.capabilities.takes_imap_urls:
            return replies.NOT_IMPLEMENTED
        reply = refusal(self.state, type(command), self._settings.dialect)
        if reply is not None:
            return reply
        match command:
            case Mail():
                return mail_refusal(command, self.capabilities)
            case Rcpt():
                return rcpt_refusal(command, self.capabilities, smtputf8=self._smtputf8)
            case Data() if self._body is Body.BINARY_MIME:
                return replies.BINARY_NEEDS_CHUNKS
            case Auth() if self.authenticated:
                return replies.AUTHENTICATED_ALREADY
            case StartTls() | Bdat() if self._lacks(command):
                return replies.NOT_IMPLEMENTED
        return None

    def _lacks(self, command: StartTls | Bdat) -> bool:
        extension = Extension.CHUNKING if isinstance(command, Bdat) else Extension.STARTTLS
        return extension not in self.capabilities

    # what an answer changes

    def _advance(self, event: Event, answer: Reply) -> None:
        match event:
            case Violation():
                self.state = State.CLOSED if event.fatal else self.state
            case ContentEnded() | Burl():
                if event.last or not answer.is_positive:
                    self._end_transaction()
                else:
                    self.state = State.CHUNKS
            case AuthResponse():
                self.authenticated = answer.is_positive
            case _ if answer.is_positive:
                self._accepted(event)
        if answer.code == Code.SERVICE_NOT_AVAILABLE:
            self.state = State.CLOSED

    def _accepted(self, command: Event) -> None:
        """A command was answered positively."""
        match command:
            case Mail():
                self._mail = command
            case Rcpt():
                self._recipients += 1
            case Auth():
                self.authenticated = True
            case Data():
                self._transfer.begin_data(self._settings.message_octets, self._settings.bare_newlines)
            case Ehlo() | Helo() | Lhlo() | Rset():
                self._end_transaction()
            case StartTls():
                self._inbound.clear()
        self.state = LEGAL[self.state][type(command)]

    def _end_transaction(self) -> None:
        self._mail, self._recipients = None, 0
        self._transfer.forget()
        if self.state is not State.UNIDENTIFIED:
            self.state = State.READY

    @property
    def _bare_newlines(self) -> BareNewlines:
        return BareNewlines.KEEP if self._body is Body.BINARY_MIME else self._settings.bare_newlines

    @property
    def _smtputf8(self) -> bool:
        return self._mail is not None and self._mail.parameters.smtputf8

    @property
    def _body(self) -> Body | None:
        return None if self._mail is None else self._mail.parameters.body

    def _speaks_utf8(self, event: Event) -> bool:
        """Whether the client takes UTF-8 in the answer (RFC 6531 §3.7.4.2)."""
        return self._smtputf8 or (isinstance(event, Mail) and event.parameters.smtputf8)
