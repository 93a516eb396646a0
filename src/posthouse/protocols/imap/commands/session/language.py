"""The command LANGUAGE (RFC 5255 §3.2)."""

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.strings import astring_octets

RANGES = 100
"""The most language ranges of one command."""


class Language(msgspec.Struct, frozen=True):
    """LANGUAGE; language ranges, the most wanted first, in lower case. Without any the languages there are are asked for."""

    ranges: tuple[str, ...] = ()


def language(cursor: Cursor) -> Language:
    """``language-cmd = "LANGUAGE" *(SP lang-range-quoted)``, each an astring."""
    ranges: list[str] = []
    while len(ranges) < RANGES and cursor.take(b" "):
        if cursor.at_end:  # quirks.TRAILING_SPACE
            break
        ranges.append(cursor.astring().decode("ascii", "replace").lower())
    return Language(tuple(ranges))


def serialise_language(value: Language) -> bytes:
    """Write the arguments of LANGUAGE."""
    return b"".join([b" " + astring_octets(tag.encode("ascii", "replace")) for tag in value.ranges])
