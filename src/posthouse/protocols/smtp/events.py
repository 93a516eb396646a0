"""What a server connection tells its driver: commands, and what is no command."""

import enum

import msgspec

from posthouse.protocols.smtp.commands import Command
from posthouse.protocols.smtp.replies import Reply


class AuthResponse(msgspec.Struct, frozen=True):
    """The client's response to a challenge, decoded. Answer with ``challenge`` or a reply."""

    octets: bytes


class Content(msgspec.Struct, frozen=True):
    """A piece of the message: dots unstuffed, CRLF as they came. Not answered."""

    octets: bytes


class ContentEnded(msgspec.Struct, frozen=True):
    """The message (DATA), or a chunk of it (BDAT), is complete.

    With a ``refusal`` the content broke a rule and is incomplete: answer with that reply (LMTP: once per recipient).
    """

    refusal: Reply | None = None
    last: bool = True
    """False after a chunk that is not the last: answer once, also in LMTP."""


class Violation(msgspec.Struct, frozen=True):
    """Something illegal; answer with its reply. A fatal one ends the connection."""

    reply: Reply
    fatal: bool = False


class NeedData(enum.Enum):
    """Its one member says that nothing can be told before more octets come."""

    NEED_DATA = "need data"


NEED_DATA = NeedData.NEED_DATA
Event = Command | AuthResponse | Content | ContentEnded | Violation
