"""THREAD and UID THREAD (RFC 5256 §5)."""

import enum

import msgspec

from posthouse.protocols.imap.commands.search.grammar import charset_name, search_keys
from posthouse.protocols.imap.commands.search.keys import SearchKey
from posthouse.protocols.imap.commands.search.serialiser import serialise_search_keys
from posthouse.protocols.imap.grammar.cursor import Cursor


class ThreadAlgorithm(enum.Enum):
    """``thread-alg``."""

    ORDEREDSUBJECT = b"ORDEREDSUBJECT"
    REFERENCES = b"REFERENCES"


class Thread(msgspec.Struct, frozen=True):
    """THREAD, or UID THREAD where ``uid``."""

    algorithm: ThreadAlgorithm
    keys: tuple[SearchKey, ...]
    uid: bool = False


def thread(cursor: Cursor) -> Thread:
    """``thread = "THREAD" SP thread-alg SP charset 1*(SP search-key)``."""
    return _thread(cursor, uid=False)


def uid_thread(cursor: Cursor) -> Thread:
    """``"UID" SP thread``."""
    return _thread(cursor, uid=True)


def serialise_thread(value: Thread) -> bytes:
    """Write the arguments of THREAD, texts in UTF-8."""
    return b" %b UTF-8 %b" % (value.algorithm.value, serialise_search_keys(value.keys))


def _thread(cursor: Cursor, *, uid: bool) -> Thread:
    cursor.space()
    algorithm = _ALGORITHMS.get(cursor.word("a threading algorithm"))
    if algorithm is None:
        raise cursor.violation("unknown threading algorithm")
    cursor.space()
    charset_name(cursor)
    cursor.space()
    return Thread(algorithm, search_keys(cursor), uid)


_ALGORITHMS = {algorithm.value: algorithm for algorithm in ThreadAlgorithm}
