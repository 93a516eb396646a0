"""Phrases of address fields (RFC 5322 §3.2.5): display names and group names, written for the wire."""

import re

from posthouse.formats.header import encoded_word

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_TO_QUOTE = re.compile(r'(["\\])')
_LONGEST_QUOTED = 200


def format_phrase(text: str) -> bytes:
    """Write ``text`` as atoms, a quoted string, or encoded words (folded with CRLF SP) where it is not plain ASCII."""
    plain = text.isascii() and text.isprintable() and "=?" not in text and len(text) <= _LONGEST_QUOTED
    if not plain:
        return encoded_word.encode(text)
    if _ATOMS.fullmatch(text):
        return text.encode("ascii")
    return b'"' + _TO_QUOTE.sub(r"\\\1", text).encode("ascii") + b'"'
