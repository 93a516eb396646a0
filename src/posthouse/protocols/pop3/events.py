"""What a server connection tells its driver: commands, and what is no command."""

import enum

import msgspec

from posthouse.protocols.pop3.commands import Command
from posthouse.protocols.pop3.responses import Response


class AuthResponse(msgspec.Struct, frozen=True):
    """The client's response to a challenge, decoded."""

    octets: bytes


class Violation(msgspec.Struct, frozen=True):
    """Something illegal; answer with its response."""

    response: Response


class NeedData(enum.Enum):
    """Its one member says that nothing can be told before more octets come."""

    NEED_DATA = "need data"


NEED_DATA = NeedData.NEED_DATA
Event = Command | AuthResponse | Violation
