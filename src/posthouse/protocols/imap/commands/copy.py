"""COPY and MOVE, and their UID forms (RFC 9051 §6.4.7-8)."""

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set, serialise_sequence_set


class Copy(msgspec.Struct, frozen=True):
    """COPY, or UID COPY where ``uid``."""

    messages: SequenceSet
    mailbox: str
    uid: bool = False


class Move(msgspec.Struct, frozen=True):
    """MOVE, or UID MOVE where ``uid``."""

    messages: SequenceSet
    mailbox: str
    uid: bool = False


def copy(cursor: Cursor) -> Copy:
    """``copy = "COPY" SP sequence-set SP mailbox``."""
    return Copy(_messages(cursor), mailbox_argument(cursor))


def uid_copy(cursor: Cursor) -> Copy:
    """``"UID" SP copy``."""
    return Copy(_messages(cursor), mailbox_argument(cursor), uid=True)


def move(cursor: Cursor) -> Move:
    """``move = "MOVE" SP sequence-set SP mailbox``."""
    return Move(_messages(cursor), mailbox_argument(cursor))


def uid_move(cursor: Cursor) -> Move:
    """``"UID" SP move``."""
    return Move(_messages(cursor), mailbox_argument(cursor), uid=True)


def _messages(cursor: Cursor) -> SequenceSet:
    cursor.space()
    return sequence_set(cursor)


def serialise_copy(value: Copy | Move, *, utf8: bool) -> bytes:
    """Write the arguments of COPY and MOVE."""
    return b" %b %b" % (serialise_sequence_set(value.messages), mailbox_octets(value.mailbox, utf8=utf8))
