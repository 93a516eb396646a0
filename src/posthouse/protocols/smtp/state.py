"""Which command is legal when, as a table.

The value is the state after a positive reply; a negative one changes nothing. RFC 5321 §4.1.4 (order), RFC 3207 §4
(STARTTLS), RFC 4954 §4 (AUTH not within a transaction), RFC 3030 §4.2 (BDAT), RFC 4468 §3.2 (BURL).
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands import (
    Auth,
    Bdat,
    Burl,
    Data,
    Ehlo,
    Etrn,
    Expn,
    Helo,
    Help,
    Lhlo,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTls,
    Vrfy,
)
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.types import Dialect


class State(enum.Enum):
    """Where the dialogue stands."""

    GREETING = enum.auto()
    """The server has not spoken yet."""
    UNIDENTIFIED = enum.auto()
    """The client has not said who it is."""
    READY = enum.auto()
    AUTHENTICATING = enum.auto()
    """A challenge is out."""
    SECURING = enum.auto()
    """STARTTLS was accepted; what comes next is a handshake."""
    MAIL = enum.auto()
    """A reverse-path is accepted."""
    RCPT = enum.auto()
    """At least one recipient is accepted."""
    CHUNKS = enum.auto()
    """At least one BDAT chunk is accepted, the last is not."""
    DATA = enum.auto()
    """Content comes until the lone dot."""
    CLOSED = enum.auto()


Row = Mapping[type[msgspec.Struct], State]


def _row(state: State, more: Row) -> Row:
    anywhere: dict[type[msgspec.Struct], State] = {
        Noop: state,
        Help: state,
        Vrfy: state,
        Expn: state,
        Etrn: state,
        Quit: State.CLOSED,
    }
    after_rset = State.UNIDENTIFIED if state is State.UNIDENTIFIED else State.READY
    return {**anywhere, Ehlo: State.READY, Helo: State.READY, Lhlo: State.READY, Rset: after_rset, **more}


LEGAL: Final[Mapping[State, Row]] = {
    State.GREETING: {},
    State.UNIDENTIFIED: _row(State.UNIDENTIFIED, {}),
    State.READY: _row(State.READY, {Mail: State.MAIL, Auth: State.READY, StartTls: State.SECURING}),
    State.AUTHENTICATING: {},
    State.SECURING: {},
    State.MAIL: _row(State.MAIL, {Rcpt: State.RCPT}),
    State.RCPT: _row(State.RCPT, {Rcpt: State.RCPT, Data: State.DATA, Bdat: State.CHUNKS, Burl: State.CHUNKS}),
    State.CHUNKS: _row(State.CHUNKS, {Bdat: State.CHUNKS, Burl: State.CHUNKS}),
    State.DATA: {},
    State.CLOSED: {},
}

IN_TRANSACTION: Final = frozenset({State.MAIL, State.RCPT, State.CHUNKS})
OF_THE_OTHER_DIALECT: Final[Mapping[Dialect, tuple[type[msgspec.Struct], ...]]] = {
    Dialect.SMTP: (Lhlo,),
    Dialect.LMTP: (Helo, Ehlo),
}


def refusal(state: State, command: type[msgspec.Struct], dialect: Dialect) -> Reply | None:
    """Why the command is not legal now; None when it is."""
    if command in OF_THE_OTHER_DIALECT[dialect]:
        return replies.UNKNOWN_COMMAND
    if command in LEGAL[state]:
        return None
    if state is State.UNIDENTIFIED:
        return replies.HELLO_FIRST if dialect is Dialect.SMTP else replies.LMTP_HELLO_FIRST
    if command is Mail:
        return replies.NESTED_MAIL
    if command in (Data, Bdat, Burl) and state is State.MAIL:
        return replies.RECIPIENT_FIRST
    return replies.MAIL_FIRST if command in (Rcpt, Data, Bdat, Burl) and state is State.READY else replies.NOT_NOW
