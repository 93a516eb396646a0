"""What ``connection.Connection.next_event`` tells its driver."""

import msgspec

from posthouse.protocols.imap.commands.append import Append, AppendMessage
from posthouse.protocols.imap.commands.replace import Replace
from posthouse.protocols.imap.commands.table import Command


class CommandReceived(msgspec.Struct, frozen=True):
    """A command that is well-formed and allowed in this state. The driver answers with a tagged response."""

    tag: bytes
    command: Command


class LineReceived(msgspec.Struct, frozen=True):
    """The line that ``await_line`` asked for, without its line end: an answer to a SASL challenge, or DONE."""

    octets: bytes

    def __repr__(self) -> str:
        """Leave the secret out of logs and tracebacks."""
        return f"LineReceived({len(self.octets)} octets)"


class AppendBegun(msgspec.Struct, frozen=True):
    """An APPEND, or a REPLACE; at least one ``MessageAnnounced`` follows."""

    tag: bytes
    command: Append | Replace


class MessageAnnounced(msgspec.Struct, frozen=True):
    """The next message of an APPEND. The driver calls ``accept_message`` or ``refuse`` before it asks for the next event."""

    message: AppendMessage


class TextAnnounced(msgspec.Struct, frozen=True):
    """The next part of a catenated message is text. The driver calls ``accept_message`` or ``refuse``, as for a message."""

    size_octets: int


class UrlGiven(msgspec.Struct, frozen=True):
    """The next part of a catenated message is what this URL names. The driver may call ``refuse``."""

    url: bytes


class MessageOctets(msgspec.Struct, frozen=True):
    """Some octets of the message or the text announced, never none."""

    octets: bytes


class MessageEnded(msgspec.Struct, frozen=True):
    """All octets of the message announced have been handed over, or all parts of it."""


class AppendEnded(msgspec.Struct, frozen=True):
    """The APPEND is complete: the driver stores all its messages or none (RFC 3502) and answers ``tag``."""

    tag: bytes


class Reply(msgspec.Struct, frozen=True):
    """Octets to write now: a continuation request, or what was given to ``refuse``."""

    octets: bytes


class Refused(msgspec.Struct, frozen=True):
    """A command was wrong: write ``reply``, forget an APPEND under way; where ``is_final``, close the connection."""

    reply: bytes
    is_final: bool = False


Event = (
    CommandReceived
    | LineReceived
    | AppendBegun
    | MessageAnnounced
    | TextAnnounced
    | UrlGiven
    | MessageOctets
    | MessageEnded
    | AppendEnded
    | Reply
    | Refused
)
