"""Commands on the open mailbox as a whole: SELECT EXAMINE CHECK CLOSE UNSELECT EXPUNGE.

RFC 9051 §6.3.2-3, §6.4; RFC 4315, 7162.
"""

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.sequence_set import STAR, SequenceSet, sequence_set, serialise_sequence_set


class Resync(msgspec.Struct, frozen=True):
    """``QRESYNC (…)``: what a client knows of the mailbox it opens (RFC 7162 §3.2.5). No set holds ``*``."""

    uid_validity: int
    mod_sequence: int
    known_uids: SequenceSet | None = None
    """UIDs the client wants to hear of; None: all."""
    numbers: SequenceSet | None = None
    """A sample of message numbers as the client knows them, ascending."""
    uids: SequenceSet | None = None
    """The UIDs it knows under these numbers, ascending, as many."""


class Select(msgspec.Struct, frozen=True):
    """SELECT, with CONDSTORE (RFC 7162 §3.1.8) and QRESYNC."""

    mailbox: str
    condstore: bool = False
    resync: Resync | None = None


class Examine(msgspec.Struct, frozen=True):
    """EXAMINE: SELECT for reading only."""

    mailbox: str
    condstore: bool = False
    resync: Resync | None = None


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
    """``select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]``."""
    return Select(mailbox_argument(cursor), *_select_params(cursor))


def examine(cursor: Cursor) -> Examine:
    """``examine = "EXAMINE" SP mailbox [SP "(" select-param *(SP select-param) ")"]``."""
    return Examine(mailbox_argument(cursor), *_select_params(cursor))


def _select_params(cursor: Cursor) -> tuple[bool, Resync | None]:
    if not cursor.take(b" ") or not cursor.peek(b"("):  # quirks.TRAILING_SPACE
        return False, None
    parameters = cursor.parenthesised(_select_param)
    resyncs = [parameter for parameter in parameters if parameter is not None]
    if len(resyncs) > 1:
        raise cursor.violation("QRESYNC is given twice")
    return None in parameters, resyncs[0] if resyncs else None


def _select_param(cursor: Cursor) -> Resync | None:
    """``condstore-param = "CONDSTORE"``, here None, or ``"QRESYNC" SP "(" … ")"``."""
    word = cursor.word("a parameter")
    if word == b"CONDSTORE":
        return None
    if word != b"QRESYNC":
        raise cursor.violation("unknown parameter")
    cursor.space()
    cursor.expect(b"(", "QRESYNC needs its values")
    resync = _resync(cursor)
    cursor.expect(b")", "QRESYNC is not closed")
    return resync


def _resync(cursor: Cursor) -> Resync:
    """``uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data]``."""
    uid_validity = cursor.nz_number()
    cursor.space()
    mod_sequence = cursor.number(NUMBER64_MAXIMUM)
    known_uids = numbers = uids = None
    if cursor.take(b" ") and not cursor.peek(b"("):
        known_uids = known_set(cursor)
        cursor.take(b" ")
    if cursor.take(b"("):
        numbers = known_set(cursor)
        cursor.space()
        uids = known_set(cursor)
        cursor.expect(b")", "the sample of numbers is not closed")
        if _size(numbers) != _size(uids):
            raise cursor.violation("there must be as many UIDs as numbers")
    return Resync(uid_validity, mod_sequence, known_uids, numbers, uids)


def known_set(cursor: Cursor) -> SequenceSet:
    """``sequence-set`` without ``*`` and ``$``, as in QRESYNC."""
    found = sequence_set(cursor)
    if found.is_saved or any(high == STAR for _, high in found.ranges):
        raise cursor.violation("here numbers are wanted")
    return found


def _size(numbers: SequenceSet) -> int:
    return sum(high - low + 1 for low, high in numbers.ranges)


def uid_expunge(cursor: Cursor) -> Expunge:
    """``uid-expunge = "UID" SP "EXPUNGE" SP sequence-set``."""
    cursor.space()
    return Expunge(sequence_set(cursor))


def serialise_select(value: Select | Examine, *, utf8: bool) -> bytes:
    """Write the arguments of SELECT and EXAMINE."""
    parameters = [b"CONDSTORE"] if value.condstore else []
    if value.resync is not None:
        parameters.append(b"QRESYNC (%b)" % _serialise_resync(value.resync))
    name = b" " + mailbox_octets(value.mailbox, utf8=utf8)
    return name + (b" (%b)" % b" ".join(parameters) if parameters else b"")


def _serialise_resync(value: Resync) -> bytes:
    text = b"%d %d" % (value.uid_validity, value.mod_sequence)
    if value.known_uids is not None:
        text += b" " + serialise_sequence_set(value.known_uids)
    if value.numbers is not None and value.uids is not None:
        text += b" (%b %b)" % (serialise_sequence_set(value.numbers), serialise_sequence_set(value.uids))
    return text


def serialise_expunge(value: Expunge) -> bytes:
    """Write the arguments of EXPUNGE and UID EXPUNGE."""
    return b"" if value.uids is None else b" " + serialise_sequence_set(value.uids)
