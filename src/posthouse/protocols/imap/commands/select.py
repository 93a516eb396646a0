"""Commands on the open mailbox as a whole: SELECT EXAMINE CHECK CLOSE UNSELECT EXPUNGE (RFC 9051 §6.3.2-3, §6.4; RFC 4315)."""

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set, serialise_sequence_set


class Select(msgspec.Struct, frozen=True):
    """SELECT."""

    mailbox: str


class Examine(msgspec.Struct, frozen=True):
    """EXAMINE: SELECT for reading only."""

    mailbox: str


class Check(msgspec.Struct, frozen=True):
    """CHECK (RFC 3501 §6.4.1; gone from IMAP4rev2)."""


class Close(msgspec.Struct, frozen=True):
    """CLOSE: expunge silently, then leave."""


class Unselect(msgspec.Struct, frozen=True):
    """UNSELECT: leave without expunging."""


class Expunge(msgspec.Struct, frozen=True):
    """EXPUNGE, or UID EXPUNGE of ``uids``."""

    uids: SequenceSet | None = None


def select(cursor: Cursor) -> Select:
    """``select = "SELECT" SP mailbox``."""
    return Select(mailbox_argument(cursor))


def examine(cursor: Cursor) -> Examine:
    """``examine = "EXAMINE" SP mailbox``."""
    return Examine(mailbox_argument(cursor))


def uid_expunge(cursor: Cursor) -> Expunge:
    """``uid-expunge = "UID" SP "EXPUNGE" SP sequence-set``."""
    cursor.space()
    return Expunge(sequence_set(cursor))


def serialise_select(value: Select | Examine, *, utf8: bool) -> bytes:
    """Write the arguments of SELECT and EXAMINE."""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8)


def serialise_expunge(value: Expunge) -> bytes:
    """Write the arguments of EXPUNGE and UID EXPUNGE."""
    return b"" if value.uids is None else b" " + serialise_sequence_set(value.uids)
