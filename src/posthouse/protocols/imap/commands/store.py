"""STORE and UID STORE (RFC 9051 §6.4.6)."""

import enum

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
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


def store(cursor: Cursor, *, uid: bool = False) -> Store:
    """``store = "STORE" SP sequence-set SP store-att-flags``."""
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    operation = StoreOperation.ADD if cursor.take(b"+") else StoreOperation.REMOVE if cursor.take(b"-") else StoreOperation.REPLACE
    word = cursor.word("FLAGS")
    if word not in {b"FLAGS", b"FLAGS.SILENT"}:
        raise cursor.violation("unknown item to store")
    cursor.space()
    return Store(messages, operation, _flags(cursor), word == b"FLAGS.SILENT", uid)


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
    return b" %b %bFLAGS%b %b" % (serialise_sequence_set(value.messages), value.operation.value, silent, flags)
