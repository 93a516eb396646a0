"""Which command is legal when, as a table; the value is the state after a positive response (RFC 1939 §3)."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from posthouse.protocols.pop3 import responses
from posthouse.protocols.pop3.commands import (
    Apop,
    Auth,
    Capa,
    Dele,
    Lang,
    List,
    Noop,
    Pass,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
    Utf8,
)
from posthouse.protocols.pop3.responses import Response


class State(enum.Enum):
    """Where the dialogue stands."""

    GREETING = enum.auto()
    AUTHORIZATION = enum.auto()
    USER_GIVEN = enum.auto()
    """USER was accepted: PASS is wanted."""
    AUTHENTICATING = enum.auto()
    """A SASL challenge is out."""
    SECURING = enum.auto()
    """STLS was accepted; what comes next is a handshake."""
    TRANSACTION = enum.auto()
    CLOSED = enum.auto()
    """After QUIT; deleting what is marked (the UPDATE state) is the driver's, before it answers."""


Row = Mapping[type[msgspec.Struct], State]
_BEFORE: Final[Row] = {
    Capa: State.AUTHORIZATION,
    User: State.USER_GIVEN,
    Auth: State.TRANSACTION,
    Apop: State.TRANSACTION,
    Stls: State.SECURING,
    Utf8: State.AUTHORIZATION,
    Lang: State.AUTHORIZATION,
    Quit: State.CLOSED,
}
_MAILDROP: Final = (Capa, Lang, Stat, List, Uidl, Retr, Top, Dele, Noop, Rset)

LEGAL: Final[Mapping[State, Row]] = {
    State.GREETING: {},
    State.AUTHORIZATION: _BEFORE,
    State.USER_GIVEN: {**_BEFORE, Capa: State.USER_GIVEN, Pass: State.TRANSACTION},
    State.AUTHENTICATING: {},
    State.SECURING: {},
    State.TRANSACTION: {**dict.fromkeys(_MAILDROP, State.TRANSACTION), Quit: State.CLOSED},
    State.CLOSED: {},
}


def refusal(state: State, command: type[msgspec.Struct]) -> Response | None:
    """Why the command is not legal now; None when it is."""
    if command in LEGAL[state]:
        return None
    return responses.USER_FIRST if command is Pass and state is State.AUTHORIZATION else responses.NOT_NOW
