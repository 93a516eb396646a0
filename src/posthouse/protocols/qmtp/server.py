"""The server's side: octets in, events out. The message comes before its envelope, so it must be kept before anything is known."""

import enum
from typing import Final

import msgspec

from posthouse.protocols.qmtp.netstrings import InvalidNetstring, NetstringReader, read_length, split_netstrings
from posthouse.protocols.qmtp.package import CRLF_LINES, LF_LINES

ADDRESS_OCTETS: Final = 1_000
ENVELOPE_OCTETS: Final = 1_048_576
"""All recipients of a package together."""


class Content(msgspec.Struct, frozen=True):
    """A piece of the message, its lines ended by CRLF."""

    octets: bytes


class Envelope(msgspec.Struct, frozen=True):
    """The message is complete; one answer per recipient is due."""

    sender: str
    """Empty for the null reverse-path."""
    recipients: tuple[str, ...]


Event = Content | Envelope


class Violation(ValueError):
    """The client does not speak QMTP, or sends more than is taken: the connection cannot go on."""


class _State(enum.Enum):
    LENGTH = enum.auto()
    LINES = enum.auto()
    MESSAGE = enum.auto()
    COMMA = enum.auto()
    SENDER = enum.auto()
    RECIPIENTS = enum.auto()


class QmtpServer:
    """One connection: packages one after the other."""

    def __init__(self, message_octets: int) -> None:
        self._most = message_octets
        self._held = b""
        self._state = _State.LENGTH
        self._left = 0
        self._bare = False
        """Lines end in LF and are given their CR."""
        self._sender = ""

    @property
    def is_between(self) -> bool:
        """Whether no package is under way: the client may leave now."""
        return self._state is _State.LENGTH and not self._held

    def receive_data(self, octets: bytes) -> list[Event]:
        """Take what has arrived; tells what came of it. Raises: Violation."""
        self._held += octets
        events: list[Event] = []
        try:
            while (event := self._step()) is not False:
                if event is not True:
                    events.append(event)
        except InvalidNetstring as error:
            raise Violation(str(error)) from error
        except UnicodeDecodeError:
            raise Violation("an address is not UTF-8") from None
        return events

    def _step(self) -> Event | bool:
        """One step: an event, True to go on without one, False when more octets are needed."""
        match self._state:
            case _State.LENGTH:
                return self._length()
            case _State.LINES | _State.COMMA:
                return self._mark()
            case _State.MESSAGE:
                return self._message()
            case _State.SENDER:
                sender = self._netstring(ADDRESS_OCTETS)
                if sender is None:
                    return False
                self._sender, self._state = sender.decode(), _State.RECIPIENTS
                return True
            case _State.RECIPIENTS:
                inner = self._netstring(ENVELOPE_OCTETS)
                return False if inner is None else self._envelope(inner)

    def _length(self) -> bool:
        head = read_length(self._held[:11], self._most + 1)
        if head is None:
            return False
        self._left, used = head
        if self._left == 0:
            raise Violation("a message without its first octet")
        self._held, self._state = self._held[used:], _State.LINES
        return True

    def _mark(self) -> bool:
        if not self._held:
            return False
        mark, self._held = self._held[:1], self._held[1:]
        if self._state is _State.COMMA:
            if mark != b",":
                raise Violation("the message does not end where it says")
            self._state = _State.SENDER
            return True
        if mark not in {LF_LINES, CRLF_LINES}:
            raise Violation("the message begins with neither CR nor LF")
        self._bare = mark == LF_LINES
        self._left -= 1
        self._state = _State.MESSAGE if self._left else _State.COMMA
        return True

    def _message(self) -> Event | bool:
        if not self._held:
            return False
        octets, self._held = self._held[: self._left], self._held[self._left :]
        self._left -= len(octets)
        if not self._left:
            self._state = _State.COMMA
        return Content(octets.replace(b"\n", b"\r\n") if self._bare else octets)

    def _netstring(self, most: int) -> bytes | None:
        reader = NetstringReader(most)
        reader.receive_data(self._held)
        found = reader.next()
        if found is not None:
            self._held = reader.take()
        return found

    def _envelope(self, inner: bytes) -> Envelope:
        recipients = split_netstrings(inner)
        if not recipients or any(len(recipient) > ADDRESS_OCTETS for recipient in recipients):
            raise Violation("no recipients, or one too long")
        self._state = _State.LENGTH
        return Envelope(self._sender, tuple(recipient.decode() for recipient in recipients))
