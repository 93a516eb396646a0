"""REPLACE and UID REPLACE (RFC 8508): an APPEND of one message that takes another's place."""

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set, serialise_sequence_set


class Replace(msgspec.Struct, frozen=True):
    """REPLACE, or UID REPLACE where ``uid``; the one message of ``message`` gives way, the new one goes into ``mailbox``."""

    message: SequenceSet
    mailbox: str
    uid: bool = False


def replaced(cursor: Cursor) -> SequenceSet:
    """``SP seq-number``: the message that gives way. The rest is read as that of an APPEND is (``append.py``)."""
    cursor.space()
    message = sequence_set(cursor)
    if message.is_saved or len(message.ranges) != 1 or message.ranges[0][0] != message.ranges[0][1]:
        raise cursor.violation("one message can be replaced")
    return message


def serialise_replace(value: Replace, *, utf8: bool) -> bytes:
    """Write the arguments of REPLACE up to its message."""
    return b" %b %b" % (serialise_sequence_set(value.message), mailbox_octets(value.mailbox, utf8=utf8))
