"""STORE and UID STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

import enum

import msgspec

from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.flag import flag, flag_list, serialise_flag_list, settable
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set, serialise_sequence_set


class StoreOperation(enum.Enum):
    """What happens to the flags given."""

    REPLACE = b""
    ADD = b"+"
    REMOVE = b"-"


class Store(msgspec.Struct, frozen=True):
    """STORE, or UID STORE where ``uid``. ``silent``: the client does not want to hear the new flags."""

    messages: SequenceSet
    operation: StoreOperation
    flags: tuple[str, ...]
    silent: bool = False
    uid: bool = False
    unchanged_since: int | None = None
    """Messages with a higher modification sequence are left alone (RFC 7162 §3.1.3)."""


def store(cursor: Cursor, *, uid: bool = False) -> Store:
    """``store = "STORE" SP sequence-set [SP "(" store-modifier ")"] SP store-att-flags``."""
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    unchanged_since = _unchanged_since(cursor) if cursor.peek(b"(") else None
    operation = StoreOperation.ADD if cursor.take(b"+") else StoreOperation.REMOVE if cursor.take(b"-") else StoreOperation.REPLACE
    word = cursor.word("FLAGS")
    if word not in {b"FLAGS", b"FLAGS.SILENT"}:
        raise cursor.violation("unknown item to store")
    cursor.space()
    return Store(messages, operation, _flags(cursor), word == b"FLAGS.SILENT", uid, unchanged_since)


def _unchanged_since(cursor: Cursor) -> int:
    """``"(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")" SP``."""
    cursor.expect(b"(", "bad STORE modifier")
    if cursor.word("a STORE modifier") != b"UNCHANGEDSINCE":
        raise cursor.violation("unknown STORE modifier")
    cursor.space()
    mod_sequence = cursor.number(NUMBER64_MAXIMUM)
    cursor.expect(b")", "the STORE modifier is not closed")
    cursor.space()
    return mod_sequence


def uid_store(cursor: Cursor) -> Store:
    """``"UID" SP store``."""
    return store(cursor, uid=True)


def _flags(cursor: Cursor) -> tuple[str, ...]:
    """``flag-list / (flag *(SP flag))``."""
    if cursor.peek(b"("):
        return flag_list(cursor)
    flags = [flag(cursor)]
    while cursor.take(b" ") and not cursor.at_end:  # quirks.TRAILING_SPACE
        flags.append(flag(cursor))
    return settable(flags)


def serialise_store(value: Store) -> bytes:
    """Write the arguments of STORE."""
    silent = b".SILENT" if value.silent else b""
    flags = serialise_flag_list(value.flags)
    modifier = b"" if value.unchanged_since is None else b"(UNCHANGEDSINCE %d) " % value.unchanged_since
    return b" %b %b%bFLAGS%b %b" % (serialise_sequence_set(value.messages), modifier, value.operation.value, silent, flags)
