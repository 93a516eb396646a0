"""The grammar of search keys (RFC 9051 §9 ``search-key``; RFC 5032, 6203, 7162 §7, 8474 §7, 8514 §5, 9738 §4)."""

import re
from collections.abc import Callable
from typing import Final

from posthouse.formats.charset.decoding import decode, is_known
from posthouse.protocols.imap.commands.search.keys import (
    Age,
    All,
    And,
    Clock,
    Comparison,
    Date,
    Filter,
    Flag,
    Fuzzy,
    Header,
    Messages,
    ModSequence,
    Not,
    ObjectId,
    ObjectKind,
    Or,
    SaveDateSupported,
    Scope,
    SearchKey,
    Size,
    Text,
)
from posthouse.protocols.imap.errors import CharsetUnknown
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, NUMBER_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.date import date
from posthouse.protocols.imap.grammar.flag import ANSWERED, DELETED, DRAFT, FLAGGED, RECENT, SEEN, flag
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set

KEY_DEPTH: Final = 150
"""Keys within keys. Programs that look for many senders nest one OR per sender."""

CHARSETS: Final = ("US-ASCII", "UTF-8", "GB18030", "BIG5", "ISO-2022-JP", "SHIFT_JIS", "EUC-KR", "ISO-8859-1")
"""What ``BADCHARSET`` recommends; ``formats.charset`` knows more."""

_ENTRY_TYPES: Final = (b"priv", b"shared", b"all")
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}(?![A-Za-z0-9_-])")
_SET_START = re.compile(rb"[0-9*$]")


def charset_name(cursor: Cursor) -> None:
    """``charset = atom / quoted``: the texts that follow are in this charset.

    Raises: CharsetUnknown.
    """
    name = cursor.astring()
    if not is_known(name):
        raise CharsetUnknown("Charset is not supported", cursor.position)
    cursor.charset = name.decode("ascii")


def search_keys(cursor: Cursor) -> tuple[SearchKey, ...]:
    """``search-key *(SP search-key)`` to the end of the command; all of them must match.

    Without a charset texts are read as UTF-8 (``quirks.BARE_CHARSET``).
    Raises: SyntaxViolation.
    """
    keys = [search_key(cursor)]
    while cursor.take(b" ") and not cursor.at_end:  # quirks.TRAILING_SPACE
        keys.append(search_key(cursor))
    return tuple(keys)


def search_key(cursor: Cursor, depth: int = 0) -> SearchKey:
    """``search-key``, e.g. ``OR FROM "Smith" NOT SEEN``. Raises: SyntaxViolation, also beyond ``KEY_DEPTH``."""
    if depth > KEY_DEPTH:
        raise cursor.violation("search keys are nested too deeply")
    if cursor.peek(b"("):
        return And(tuple(cursor.parenthesised(lambda inner: search_key(inner, depth + 1))))
    if _SET_START.match(cursor.octets, cursor.position):
        return Messages(sequence_set(cursor))
    word = cursor.word("a search key")
    if word in _CONSTANT:
        return _CONSTANT[word]
    if word in _WITH_ARGUMENT:
        cursor.space()
        return _WITH_ARGUMENT[word](cursor, word)
    if word in _OF_KEYS:
        cursor.space()
        return _OF_KEYS[word](cursor, depth + 1)
    raise cursor.violation("unknown search key")


def _not(cursor: Cursor, depth: int) -> SearchKey:
    return Not(search_key(cursor, depth))


def _fuzzy(cursor: Cursor, depth: int) -> SearchKey:
    return Fuzzy(search_key(cursor, depth))


def _or(cursor: Cursor, depth: int) -> SearchKey:
    left = search_key(cursor, depth)
    cursor.space()
    return Or(left, search_key(cursor, depth))


def _text_argument(cursor: Cursor) -> str:
    """``astring`` as characters; octets that are not in the charset are guessed or become U+FFFD."""
    return decode(cursor.astring(), cursor.charset)


def _envelope_field(cursor: Cursor, word: bytes) -> SearchKey:
    return Header(word.decode("ascii").lower(), _text_argument(cursor))


def _header(cursor: Cursor, word: bytes) -> SearchKey:  # noqa: ARG001 -- called through a table
    """``"HEADER" SP header-fld-name SP astring``."""
    field = cursor.astring()
    if not field.isascii():
        raise cursor.violation("a header field name is ASCII")
    cursor.space()
    return Header(field.decode("ascii").lower(), _text_argument(cursor))


def _text(cursor: Cursor, word: bytes) -> SearchKey:
    return Text(Scope(word), _text_argument(cursor))


def _keyword(cursor: Cursor, word: bytes) -> SearchKey:
    return Flag(flag(cursor), word == b"KEYWORD")


def _date(cursor: Cursor, word: bytes) -> SearchKey:
    clock = next(clock for clock in (Clock.SENT, Clock.SAVED, Clock.INTERNAL) if word.startswith(clock.value))
    return Date(clock, Comparison(word.removeprefix(clock.value)), date(cursor))


def _size(cursor: Cursor, word: bytes) -> SearchKey:
    return Size(word == b"LARGER", cursor.number(NUMBER64_MAXIMUM))


def _age(cursor: Cursor, word: bytes) -> SearchKey:
    return Age(word == b"YOUNGER", cursor.nz_number())


def _mod_sequence(cursor: Cursor, word: bytes) -> SearchKey:  # noqa: ARG001 -- called through a table
    """``[entry-name SP entry-type-req SP] mod-sequence-valzer``."""
    if not cursor.peek(b'"'):
        return ModSequence(cursor.number(NUMBER64_MAXIMUM))
    name = cursor.string()
    cursor.space()
    kind = cursor.word("an entry type").lower()
    if kind not in _ENTRY_TYPES:
        raise cursor.violation("unknown entry type")
    cursor.space()
    return ModSequence(cursor.number(NUMBER64_MAXIMUM), (name, kind))


def _object_id(cursor: Cursor, word: bytes) -> SearchKey:
    """``objectid = 1*255(ALPHA / DIGIT / "_" / "-")``."""
    match = _OBJECT_ID.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("an object id is missing")
    cursor.position = match.end()
    return ObjectId(ObjectKind(word), match[0].decode("ascii"))


def _filter(cursor: Cursor, word: bytes) -> SearchKey:  # noqa: ARG001 -- called through a table
    """``filter-name = 1*<any ATOM-CHAR except "/">`` (RFC 5466 §4)."""
    name = cursor.atom()
    if b"/" in name:
        raise cursor.violation("the name of a filter has no slash")
    return Filter(name.decode("ascii"))


def _uid(cursor: Cursor, word: bytes) -> SearchKey:  # noqa: ARG001 -- called through a table
    return Messages(sequence_set(cursor), uid=True)


def _uid_side(cursor: Cursor, word: bytes) -> SearchKey:
    """``"UIDAFTER" SP uniqueid`` and ``"UIDBEFORE" SP uniqueid`` (RFC 9738 §4): UIDs above, and below."""
    uid = cursor.nz_number()
    low, high = (uid + 1, NUMBER_MAXIMUM) if word == b"UIDAFTER" else (1, uid - 1)
    return Messages(SequenceSet(((low, high),)), uid=True) if low <= high else Not(All())


_SYSTEM = {b"ANSWERED": ANSWERED, b"DELETED": DELETED, b"DRAFT": DRAFT, b"FLAGGED": FLAGGED, b"SEEN": SEEN}
_CONSTANT: Final[dict[bytes, SearchKey]] = {
    b"ALL": All(),
    b"NEW": And((Flag(RECENT), Flag(SEEN, present=False))),
    b"OLD": Flag(RECENT, present=False),
    b"RECENT": Flag(RECENT),
    b"SAVEDATESUPPORTED": SaveDateSupported(),
    **{word: Flag(name) for word, name in _SYSTEM.items()},
    **{b"UN" + word: Flag(name, present=False) for word, name in _SYSTEM.items()},
}
_WITH_ARGUMENT: Final[dict[bytes, Callable[[Cursor, bytes], SearchKey]]] = {
    **dict.fromkeys([b"BCC", b"CC", b"FROM", b"SUBJECT", b"TO"], _envelope_field),
    **dict.fromkeys([b"BODY", b"TEXT"], _text),
    **{clock.value + comparison.value: _date for clock in Clock for comparison in Comparison},
    **dict.fromkeys([b"EMAILID", b"THREADID"], _object_id),
    **dict.fromkeys([b"KEYWORD", b"UNKEYWORD"], _keyword),
    **dict.fromkeys([b"LARGER", b"SMALLER"], _size),
    **dict.fromkeys([b"OLDER", b"YOUNGER"], _age),
    b"FILTER": _filter,
    b"HEADER": _header,
    b"MODSEQ": _mod_sequence,
    b"UID": _uid,
    **dict.fromkeys([b"UIDAFTER", b"UIDBEFORE"], _uid_side),
}
_OF_KEYS: Final[dict[bytes, Callable[[Cursor, int], SearchKey]]] = {b"FUZZY": _fuzzy, b"NOT": _not, b"OR": _or}
