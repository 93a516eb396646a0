"""Search keys as values (RFC 9051 §6.4.4; RFC 5032, 5466, 6203, 7162, 8474, 8514). The many names on the wire are these few."""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from posthouse.protocols.imap.grammar.sequence_set import SequenceSet


class All(msgspec.Struct, frozen=True):
    """Every message."""


class Messages(msgspec.Struct, frozen=True):
    """Messages by number, or by UID where ``uid``."""

    messages: SequenceSet
    uid: bool = False


class Flag(msgspec.Struct, frozen=True):
    r"""Messages that have ``flag``, or have it not. RECENT and OLD are ``\Recent``."""

    flag: str
    present: bool = True


class Header(msgspec.Struct, frozen=True):
    """Messages with ``text`` in a field called ``field`` (ASCII, lower case); an empty text asks whether there is such a field."""

    field: str
    text: str


class Scope(enum.Enum):
    """Where ``Text`` looks: the body alone, or header and body."""

    BODY = b"BODY"
    TEXT = b"TEXT"


class Text(msgspec.Struct, frozen=True):
    """Messages with ``text`` in their decoded text."""

    scope: Scope
    text: str


class Clock(enum.Enum):
    """Which date is compared: of arrival (its day as INTERNALDATE shows it), in the Date field, of coming into this mailbox."""

    INTERNAL = b""
    SENT = b"SENT"
    SAVED = b"SAVED"


class Comparison(enum.Enum):
    """How days are compared; time and zone are disregarded (RFC 9051 §6.4.4)."""

    BEFORE = b"BEFORE"
    ON = b"ON"
    SINCE = b"SINCE"


class Date(msgspec.Struct, frozen=True):
    """Messages of days before, on, or on and after ``day``."""

    clock: Clock
    comparison: Comparison
    day: dt.date


class Size(msgspec.Struct, frozen=True):
    """Messages of more, or of fewer, than ``octets``."""

    larger: bool
    octets: int


class Age(msgspec.Struct, frozen=True):
    """Messages that arrived within the last ``seconds``, or before that (YOUNGER, OLDER: RFC 5032)."""

    younger: bool
    seconds: int


class ModSequence(msgspec.Struct, frozen=True):
    """Messages with a modification sequence of ``least`` or more.

    ``entry`` is the name of a metadata item and its type, for servers that count these apart (RFC 7162 §3.1.5).
    """

    least: int
    entry: tuple[bytes, bytes] | None = None


class SaveDateSupported(msgspec.Struct, frozen=True):
    """Every message, where the mailbox remembers when messages came into it (RFC 8514 §4.4)."""


class ObjectKind(enum.Enum):
    """What an object id names (RFC 8474 §5.4)."""

    EMAIL = b"EMAILID"
    THREAD = b"THREADID"


class ObjectId(msgspec.Struct, frozen=True):
    """The messages with this id."""

    kind: ObjectKind
    id: str


class Filter(msgspec.Struct, frozen=True):
    """The messages that the search kept under this name finds (RFC 5466)."""

    name: str


class Fuzzy(msgspec.Struct, frozen=True):
    """Messages that ``key`` matches more or less (RFC 6203)."""

    key: "SearchKey"


class Not(msgspec.Struct, frozen=True):
    """Messages that ``key`` does not match."""

    key: "SearchKey"


class Or(msgspec.Struct, frozen=True):
    """Messages that either key matches."""

    left: "SearchKey"
    right: "SearchKey"


class And(msgspec.Struct, frozen=True):
    """Messages that all keys match; never empty."""

    keys: tuple["SearchKey", ...]


SearchKey = (
    All
    | Messages
    | Flag
    | Header
    | Text
    | Date
    | Size
    | Age
    | ModSequence
    | SaveDateSupported
    | ObjectId
    | Filter
    | Fuzzy
    | Not
    | Or
    | And
)


def mentions(keys: Iterable[SearchKey], *kinds: type[SearchKey]) -> bool:
    """Whether a key of one of these kinds is among ``keys`` or within them."""
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if isinstance(key, kinds):
            return True
        waiting += parts(key)
    return False


def parts(key: SearchKey) -> tuple[SearchKey, ...]:
    """The keys within a key."""
    if isinstance(key, And):
        return key.keys
    if isinstance(key, Or):
        return (key.left, key.right)
    return (key.key,) if isinstance(key, Not | Fuzzy) else ()
