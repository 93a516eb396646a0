"""One IMAP connection as its server sees it: octets in, events out, and the stream always in step.

The driver gives octets to ``receive_data`` and takes events from ``next_event`` until that returns None. It answers each command
before it asks for the next event, so pipelined commands are served in order. What the client did wrong comes as ``Refused`` with
the reply to give; a refused command is read to its real end first, with its literals, of which nothing is kept.
"""

import enum
from collections.abc import Callable
from typing import ClassVar, Final

from posthouse.protocols.imap.commands.append import AppendMessage, append_next, append_start, is_append
from posthouse.protocols.imap.commands.replace import Replace
from posthouse.protocols.imap.commands.search.grammar import CHARSETS
from posthouse.protocols.imap.commands.table import name_of, parse, tag_of
from posthouse.protocols.imap.errors import CharsetUnknown, ImapViolation
from posthouse.protocols.imap.events import (
    AppendBegun,
    AppendEnded,
    CommandReceived,
    Event,
    LineReceived,
    MessageAnnounced,
    MessageEnded,
    MessageOctets,
    Refused,
    Reply,
    TextAnnounced,
    UrlGiven,
)
from posthouse.protocols.imap.framing import Announcement, Framer, announcement
from posthouse.protocols.imap.grammar.cat_part import LiteralPart, UrlPart, cat_part
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.limits import DEFAULT_LIMITS, Limits
from posthouse.protocols.imap.responses.status import bad, bye, continuation, no
from posthouse.protocols.imap.state import State, is_allowed


class _Phase(enum.Enum):
    """What the next octets are."""

    COMMAND = enum.auto()
    LITERAL = enum.auto()
    LINE = enum.auto()
    ANNOUNCED = enum.auto()
    DECISION = enum.auto()
    MESSAGE = enum.auto()
    AFTER_MESSAGE = enum.auto()
    PARTS = enum.auto()
    PART_URL = enum.auto()
    PART_LINE = enum.auto()
    AFTER_PARTS = enum.auto()
    SWALLOWED_LITERAL = enum.auto()
    SWALLOWED_LINE = enum.auto()
    REFUSAL = enum.auto()
    CLOSED = enum.auto()


class _Step(enum.Enum):
    """What a step returns that has nothing to tell."""

    MOVED = enum.auto()
    """Another phase has begun; try that."""


_CHARSET_CODE: Final = b"BADCHARSET (%b)" % " ".join(CHARSETS).encode("ascii")
_TAG_OCTETS: Final = 65
"""How far the tag of an overlong line is looked for."""


class Connection:
    """The server's end of one connection. ``state`` and ``utf8`` are the driver's to set.

    ``utf8``: the client has enabled IMAP4rev2 or UTF8=ACCEPT.
    """

    __slots__ = (
        "_framer",
        "_gathered",
        "_is_append",
        "_limits",
        "_line",
        "_message",
        "_part",
        "_phase",
        "_refusal",
        "_remaining",
        "_swallowed",
        "_tag",
        "_takes_one",
        "state",
        "utf8",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.state = State.NOT_AUTHENTICATED
        self.utf8 = False
        self._limits = limits
        self._framer = Framer()
        self._phase = _Phase.COMMAND
        self._tag = b"*"
        self._gathered: bytearray | None = None
        self._is_append = False
        self._takes_one = False
        self._message: AppendMessage | None = None
        self._line: Cursor | None = None
        self._part: LiteralPart | None = None
        self._remaining = 0
        self._swallowed = 0
        self._refusal: Event | None = None

    @property
    def received_octets(self) -> int:
        """Octets received and not yet understood: the driver stops reading from the socket while this is large."""
        return len(self._framer)

    @property
    def awaits_line_end(self) -> bool:
        """Whether a message of an APPEND, or a part of one, is complete and nothing came after it yet."""
        return self._phase is _Phase.AFTER_MESSAGE or self._phase is _Phase.PART_LINE

    def receive_data(self, octets: bytes) -> None:
        """Take in what came from the socket; after a final refusal it is forgotten."""
        if octets and self._phase is not _Phase.CLOSED:
            self._framer.receive(octets)

    def next_event(self) -> Event | None:
        """Return what has happened next, or None when more octets, or the driver's decision, are needed."""
        while True:
            step = self._STEPS[self._phase](self)
            if step is not _Step.MOVED:
                return step

    def await_line(self) -> None:
        """Expect a line that is no command next: an answer to a SASL challenge, or DONE."""
        self._phase = _Phase.LINE

    def accept_message(self) -> bytes:
        """Let the message, or the text, announced come.

        Returns: octets to write now, empty where the client does not wait for them.
        """
        if self._phase is not _Phase.DECISION or self._message is None:
            raise RuntimeError("no message was announced")
        if self._message.is_catenated and self._part is None:
            self._phase = _Phase.PARTS
            return b""
        literal = self._part or self._message
        self._phase = _Phase.MESSAGE
        self._line = None
        self._remaining = literal.size_octets
        return continuation() if literal.is_synchronising else b""

    def refuse(self, reply: bytes) -> None:
        """End the APPEND under way, at any point. ``reply``, tagged, comes back as a ``Reply`` event once the stream is in step."""
        if self._message is None:
            raise RuntimeError("there is no APPEND")
        literal: Announcement | None
        if self._line is not None:
            literal = announcement(self._line.octets)
        elif self._phase in (_Phase.ANNOUNCED, _Phase.DECISION):
            literal = Announcement(self._message.size_octets, self._message.is_synchronising)
        else:
            literal = Announcement(self._remaining, is_synchronising=False)
        self._refuse(Reply(reply), literal)

    def discard_received(self) -> None:
        """Forget what was received after STARTTLS, before the handshake: it may be an attacker's (RFC 9051 §6.2.1, §11.1)."""
        self._framer.clear()
        self._start_over()

    # Steps: each looks at what has been received in its phase.

    def _step_command(self) -> "Event | _Step | None":
        """Read a line of a command."""
        line = self._framer.line()
        if line is None and len(self._framer) <= self._room:
            return None
        if line is None or len(line) > self._room:
            return self._overlong(line)
        literal = announcement(line)
        if self._gathered is None:
            self._tag = tag_of(line) or b"*"
        if literal is None:
            return self._complete(line)
        if self._gathered is None:
            self._is_append = is_append(line)
            self._gathered = bytearray()
        self._gathered += line
        return self._announced(literal)

    def _step_literal(self) -> "Event | _Step | None":
        """Gather a literal that is an argument."""
        octets = self._framer.take(self._remaining)
        if self._gathered is not None:
            self._gathered += octets
        self._remaining -= len(octets)
        if self._remaining:
            return None
        self._phase = _Phase.COMMAND
        return _Step.MOVED

    def _step_line(self) -> "Event | _Step | None":
        """Read the line that was awaited."""
        line = self._framer.line()
        if line is None and len(self._framer) <= self._limits.line:
            return None
        if line is None or len(line) > self._limits.line:
            return self._give_up()
        self._phase = _Phase.COMMAND
        return LineReceived(line.removesuffix(b"\n").removesuffix(b"\r"))

    def _step_announced(self) -> Event | None:
        """Tell of a message whose literal was announced."""
        self._phase = _Phase.DECISION
        return None if self._message is None else MessageAnnounced(self._message)

    def _step_decision(self) -> Event | None:
        """Wait for the driver."""
        return None

    def _step_message(self) -> "Event | _Step | None":
        """Pass a message on as it comes."""
        if not self._remaining:
            if self._part is not None:
                self._phase = _Phase.PART_LINE
                return _Step.MOVED
            self._phase = _Phase.AFTER_MESSAGE
            return MessageEnded()
        octets = self._framer.take(self._remaining)
        self._remaining -= len(octets)
        return MessageOctets(octets) if octets else None

    def _step_after_message(self) -> "Event | _Step | None":
        """Read the line after a message: the end of the APPEND, or the next message."""
        line = self._framer.line()
        if line is None and len(self._framer) <= self._room:
            return None
        if line is None or len(line) > self._room:
            return self._overlong(line)
        return self._next_message(Cursor(line))

    def _step_parts(self) -> "Event | _Step | None":
        """Read the next part of a catenated message from the line at hand."""
        line = self._the_line()
        after_utf8 = self._part is not None and self._part.is_utf8
        self._part = None
        try:
            part = cat_part(line, after_utf8=after_utf8)
        except ImapViolation as error:
            return self._refuse(Refused(bad(self._tag, _sentence(error))), announcement(line.octets))
        if isinstance(part, UrlPart):
            return UrlGiven(part.url)
        if part is None:
            self._phase = _Phase.AFTER_PARTS
            return MessageEnded()
        if part.is_url:
            return self._url_announced(part)
        self._part = part
        self._phase = _Phase.DECISION
        return TextAnnounced(part.size_octets)

    def _step_part_url(self) -> "Event | _Step | None":
        """Gather a URL that comes in a literal."""
        octets = self._framer.take(self._remaining)
        if self._gathered is not None:
            self._gathered += octets
        self._remaining -= len(octets)
        if self._remaining:
            return None
        url, self._gathered = bytes(self._gathered or b""), None
        self._phase = _Phase.PART_LINE
        return UrlGiven(url)

    def _step_part_line(self) -> "Event | _Step | None":
        """Read the line after the literal of a part."""
        line = self._framer.line()
        if line is None and len(self._framer) <= self._room:
            return None
        if line is None or len(line) > self._room:
            return self._overlong(line)
        self._line = Cursor(line)
        self._phase = _Phase.PARTS
        return _Step.MOVED

    def _step_after_parts(self) -> "Event | _Step":
        """Go on in the line in which a catenated message has ended."""
        return self._next_message(self._the_line())

    def _step_swallowed_literal(self) -> "Event | _Step | None":
        """Drop a literal of a refused command."""
        self._remaining -= len(self._framer.take(self._remaining))
        if self._remaining:
            return None
        self._phase = _Phase.SWALLOWED_LINE
        return _Step.MOVED

    def _step_swallowed_line(self) -> "Event | _Step | None":
        """Drop a line of a refused command; where the client awaits leave for a literal, the refusal is the answer to that."""
        taken, end = self._framer.skip_line()
        self._swallowed += taken
        if self._swallowed > self._swallow_limit:
            return self._give_up()
        return None if end is None else self._swallow_after(announcement(end))

    def _step_refusal(self) -> Event | None:
        """Tell what is wrong, now that the stream is in step."""
        refusal = self._refusal
        self._start_over()
        if isinstance(refusal, Refused) and refusal.is_final:
            self._framer.clear()
            self._phase = _Phase.CLOSED
        return refusal

    def _step_closed(self) -> Event | None:
        """Hear nothing more."""
        return None

    # What the steps are made of.

    @property
    def _room(self) -> int:
        """Octets the command may still bring."""
        is_known = self.state is not State.NOT_AUTHENTICATED
        limit = self._limits.command if is_known else self._limits.command_before_login
        return limit - (len(self._gathered) if self._gathered is not None else 0)

    @property
    def _swallow_limit(self) -> int:
        is_known = self.state is not State.NOT_AUTHENTICATED
        return self._limits.swallowed if is_known else self._limits.swallowed_before_login

    def _complete(self, line: bytes) -> "Event | _Step":
        """Parse a command that is whole."""
        octets = line if self._gathered is None else bytes(self._gathered) + line
        tag = self._tag
        self._start_over()
        if tag == b"*":
            return Refused(bad(b"*", "Tag is missing or has forbidden characters"))
        if octets.endswith((b")\r\n", b")\n")) and is_append(octets) and (step := self._append_begun(octets)) is not None:
            return step
        octets = octets.removesuffix(b"\n").removesuffix(b"\r")
        try:
            name, command = parse(octets, len(tag) + 1, utf8=self.utf8)
        except CharsetUnknown as error:
            return Refused(no(tag, _sentence(error), _CHARSET_CODE))
        except ImapViolation as error:
            return Refused(bad(tag, _sentence(error)))
        if not is_allowed(name, self.state):
            return Refused(bad(tag, _not_allowed(self.state)))
        return CommandReceived(tag, command)

    def _announced(self, literal: Announcement) -> "Event | _Step":
        """Go on after a line that has announced a literal."""
        if self._is_append and self._gathered is not None and (step := self._append_begun(bytes(self._gathered))) is not None:
            return step
        if literal.size_octets > self._room:
            return self._refuse(Refused(no(self._tag, "Literal is too big", b"TOOBIG")), literal)
        self._phase = _Phase.LITERAL
        self._remaining = literal.size_octets
        return Reply(continuation()) if literal.is_synchronising else _Step.MOVED

    def _append_begun(self, octets: bytes) -> "Event | _Step | None":
        """Begin an APPEND, of which ``octets`` are all that has come; None while its mailbox is still to come."""
        line = Cursor(octets, utf8=self.utf8)
        try:
            start = append_start(line)
        except ImapViolation as error:
            return self._refuse(Refused(bad(self._tag, _sentence(error))), announcement(octets))
        if start is None:
            return None
        command, message = start
        if not is_allowed(name_of(command), self.state):
            return self._refuse(Refused(bad(self._tag, _not_allowed(self.state))), announcement(octets))
        self._takes_one = isinstance(command, Replace)
        self._gathered = None
        self._announce(message, line)
        return AppendBegun(self._tag, command)

    def _announce(self, message: AppendMessage, line: Cursor) -> None:
        """Tell of a message next; ``line`` is kept where its parts stand in it."""
        self._message = message
        self._line = line if message.is_catenated else None
        self._phase = _Phase.ANNOUNCED

    def _next_message(self, line: Cursor) -> "Event | _Step":
        """Go on after a message: the APPEND ends, or another message is announced."""
        after_utf8 = self._message is not None and self._message.is_utf8
        try:
            message = append_next(line, after_utf8=after_utf8)
        except ImapViolation as error:
            return self._refuse(Refused(bad(self._tag, _sentence(error))), announcement(line.octets))
        if message is None:
            tag = self._tag
            self._start_over()
            return AppendEnded(tag)
        if self._takes_one:
            return self._refuse(Refused(bad(self._tag, "REPLACE takes one message")), announcement(line.octets))
        self._announce(message, line)
        return _Step.MOVED

    def _url_announced(self, part: LiteralPart) -> "Event | _Step":
        """Let a URL come as a literal."""
        if part.size_octets > self._room:
            return self._refuse(
                Refused(no(self._tag, "Literal is too big", b"TOOBIG")), Announcement(part.size_octets, part.is_synchronising)
            )
        self._line = None
        self._gathered = bytearray()
        self._remaining = part.size_octets
        self._phase = _Phase.PART_URL
        return Reply(continuation()) if part.is_synchronising else _Step.MOVED

    def _the_line(self) -> Cursor:
        """The line in which a catenated message goes on."""
        assert self._line is not None
        return self._line

    def _overlong(self, line: bytes | None) -> "Event | _Step | None":
        """Refuse a line that is longer than the command may be; ``line`` is None while it has not ended."""
        if self._gathered is None and self._message is None:
            self._tag = tag_of(line or self._framer.start(_TAG_OCTETS)) or b"*"
        refusal = Refused(bad(self._tag, "Command is too long"))
        if line is not None:
            self._swallowed = len(line)
            return self._refuse(refusal, announcement(line)) if len(line) <= self._swallow_limit else self._give_up()
        self._refuse(refusal, None)
        self._phase = _Phase.SWALLOWED_LINE
        return _Step.MOVED

    def _refuse(self, refusal: Event, literal: Announcement | None) -> _Step:
        """Drop the command under way, of which ``literal`` was announced last, and give the refusal when it has ended."""
        self._refusal = refusal
        self._gathered = None
        self._message = self._line = self._part = None
        return self._swallow_after(literal)

    def _swallow_after(self, literal: Announcement | None) -> _Step:
        """Go on after a line of a refused command: no literal, or one that has not been sent yet, and it is over."""
        if literal is None or literal.is_synchronising:
            self._phase = _Phase.REFUSAL
            return _Step.MOVED
        self._swallowed += literal.size_octets
        if self._swallowed > self._swallow_limit:
            return self._give_up()
        self._remaining = literal.size_octets
        self._phase = _Phase.SWALLOWED_LITERAL
        return _Step.MOVED

    def _give_up(self) -> _Step:
        """End the connection: to read on would serve nobody."""
        self._refusal = Refused(bye("Too much data that nobody asked for", b"TOOBIG"), is_final=True)
        self._phase = _Phase.REFUSAL
        return _Step.MOVED

    def _start_over(self) -> None:
        """Expect a command next."""
        self._phase = _Phase.COMMAND
        self._gathered = None
        self._message = self._line = self._part = None
        self._refusal = None
        self._remaining = 0
        self._swallowed = 0

    _STEPS: ClassVar[dict[_Phase, Callable[["Connection"], "Event | _Step | None"]]] = {
        _Phase.COMMAND: _step_command,
        _Phase.LITERAL: _step_literal,
        _Phase.LINE: _step_line,
        _Phase.ANNOUNCED: _step_announced,
        _Phase.DECISION: _step_decision,
        _Phase.MESSAGE: _step_message,
        _Phase.AFTER_MESSAGE: _step_after_message,
        _Phase.PARTS: _step_parts,
        _Phase.PART_URL: _step_part_url,
        _Phase.PART_LINE: _step_part_line,
        _Phase.AFTER_PARTS: _step_after_parts,
        _Phase.SWALLOWED_LITERAL: _step_swallowed_literal,
        _Phase.SWALLOWED_LINE: _step_swallowed_line,
        _Phase.REFUSAL: _step_refusal,
        _Phase.CLOSED: _step_closed,
    }


def _not_allowed(state: State) -> str:
    return f"Command is not allowed {state.value}"


def _sentence(error: ImapViolation) -> str:
    return error.reason[0].upper() + error.reason[1:]
