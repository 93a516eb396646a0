"""Message identifiers (RFC 5322 §3.6.4): Message-ID, In-Reply-To, References, Content-ID."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

IDENTIFIERS: Final = 1_000
"""Identifiers taken from one field."""
_BRACKETED = re.compile(rb"<([^<>]++)>")
_WHITE_SPACE = re.compile(rb"[\s\x00]+")
_LINE: Final = 76


def identifiers(body: bytes) -> list[bytes]:
    """Return the identifiers of an unfolded field body, each with its angle brackets, in their order, repeated ones once.

    White space inside an identifier comes from folding in the wrong place and is dropped. Where a field has no brackets at
    all, its words with an ``@`` count; phrases of old In-Reply-To fields are passed over. Never raises.
    """
    if not body:
        return []
    bracketed = (_WHITE_SPACE.sub(b"", match[1]) for match in _BRACKETED.finditer(body))
    found = dict.fromkeys(b"<" + identifier + b">" for identifier in islice(bracketed, IDENTIFIERS) if identifier)
    if not found and b"@" in body:
        words = (word.strip(b"<>,;\"'") for word in body.split(None, IDENTIFIERS)[:IDENTIFIERS])
        found = dict.fromkeys(b"<" + word + b">" for word in words if b"@" in word.strip(b"@"))
    return list(found)


def identifier(body: bytes) -> bytes | None:
    """Return the one identifier of a Message-ID or Content-ID field, with its angle brackets; None when there is none.

    A Message-ID without brackets and without ``@`` is still an identifier if it is one word.
    """
    found = identifiers(body[: 8 * 998])
    if found:
        return found[0]
    word = body.strip().strip(b"<>")
    return b"<" + word + b">" if word and not _WHITE_SPACE.search(word) and len(word) <= 998 else None


def format_identifiers(values: Iterable[bytes], *, used: int = 0) -> bytes:
    """Write a field body of identifiers (brackets included), folded with CRLF SP; ``used`` columns are taken by the name."""
    lines: list[list[bytes]] = [[]]
    column = used
    for value in values:
        if lines[-1] and column + 1 + len(value) > _LINE:
            lines.append([])
            column = 0
        lines[-1].append(value)
        column += 1 + len(value)
    return b"\r\n ".join(b" ".join(line) for line in lines)
