"""Search keys as values (RFC 9051 §6.4.4, RFC 5032). The many names on the wire come down to these few."""

import datetime as dt
import enum

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
    """Which date is compared: that of arrival (its day as INTERNALDATE shows it), or that in the Date field."""

    INTERNAL = b""
    SENT = b"SENT"


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


SearchKey = All | Messages | Flag | Header | Text | Date | Size | Age | Not | Or | And
