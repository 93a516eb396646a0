"""Flags: system flags in their usual spelling, keywords as written (RFC 9051 §2.3.2)."""

import re
from typing import Final

from posthouse.protocols.imap.grammar.cursor import Cursor

ANSWERED: Final = "\\Answered"
FLAGGED: Final = "\\Flagged"
DELETED: Final = "\\Deleted"
SEEN: Final = "\\Seen"
DRAFT: Final = "\\Draft"
RECENT: Final = "\\Recent"

SYSTEM_FLAGS: Final = (ANSWERED, FLAGGED, DELETED, SEEN, DRAFT)

_FLAG = re.compile(rb'\\?[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_CANONICAL = {name.lower().encode(): name for name in (*SYSTEM_FLAGS, RECENT)}


def flag(cursor: Cursor) -> str:
    r"""``flag``: ``\Seen``, ``$Forwarded``, ``work``."""
    match = _FLAG.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("a flag is missing or has forbidden characters")
    cursor.position = match.end()
    return _CANONICAL.get(match[0].lower()) or match[0].decode("ascii")


def flag_list(cursor: Cursor) -> tuple[str, ...]:
    r"""``flag-list = "(" [flag *(SP flag)] ")"``, each once and without ``\Recent`` (``quirks.RECENT_STORED``)."""
    return settable(cursor.parenthesised(flag, may_be_empty=True))


def settable(flags: list[str]) -> tuple[str, ...]:
    r"""Keep each flag once, in order, and leave out ``\Recent``, which only the server sets (RFC 3501 §2.3.2)."""
    return tuple([name for name in dict.fromkeys(flags) if name != RECENT])


def serialise_flag_list(flags: tuple[str, ...]) -> bytes:
    """Write ``flag-list``."""
    return b"(%b)" % " ".join(flags).encode("ascii")
