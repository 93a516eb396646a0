"""Encoded words (RFC 2047, language suffix of RFC 2231 §5): other languages in header fields, both ways.

Decoding follows what senders do rather than the grammar: encoded words inside quotes or glued to text count, a
multi-octet character or a base64 quantum may be split between neighbours, raw 8-bit octets are UTF-8 or guessed.
Nothing raises on any octets.
"""

import binascii
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from posthouse.formats.charset import decode as decode_charset

# A stray "?" inside the text (Q words of careless senders) is accepted four times, so that the search stays linear.
_WORD = re.compile(rb"=\?([^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?([BbQq])\?([^?\n]*+(?:\?(?!=)[^?\n]*+){0,4})\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_LONGEST_WORD: Final = 75
_PREFIX: Final = {"B": b"=?utf-8?B?", "Q": b"=?utf-8?Q?"}
# Octets that may stand for themselves in a Q word even inside a phrase (RFC 2047 §5 (3)).
_Q_LITERAL: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q_OCTETS: Final = [bytes((octet,)) if octet in _Q_LITERAL else b"=%02X" % octet for octet in range(256)]
_Q_OCTETS[0x20] = b"_"


def decode(body: bytes, charset_name: str | None = None) -> str:
    """Return an unfolded field body as characters, its encoded words decoded.

    ``charset_name`` is for raw 8-bit octets, where the sender's habit is known; otherwise they are guessed.
    """
    if b"=?" not in body:
        return decode_charset(body, charset_name)
    return "".join(_pieces(body, charset_name))


def encode(text: str, *, used: int = 0, line_length: int = 76) -> bytes:
    """Return ``text`` as encoded words in UTF-8, folded with CRLF SP.

    ``used`` is how many columns of the first line are taken (the field name). Each word holds whole characters and is
    at most 75 octets long; B or Q is chosen by which is shorter. The result decodes to ``text`` exactly, white space
    included.
    """
    encoding = "Q" if _q_is_shorter(text) else "B"
    words: list[bytes] = []
    room = min(_LONGEST_WORD, line_length - used)
    position = 0
    while position < len(text):
        taken = _fitting(text, position, encoding, room - len(_PREFIX[encoding]) - 2)
        if taken == 0 and not words and room < _LONGEST_WORD:
            words.append(b"")  # no room beside the field name: begin on the next line
        elif position < len(text):
            end = position + max(taken, 1)
            words.append(_PREFIX[encoding] + _encoded(text[position:end].encode("utf-8", "replace"), encoding) + b"?=")
            position = end
        room = min(_LONGEST_WORD, line_length - 1)
    return b"\r\n ".join(words)


def _pieces(body: bytes, charset_name: str | None) -> Iterator[str]:
    """Yield plain stretches and runs of neighbouring encoded words, decoded."""
    done = 0
    pending = _Run()
    for match in _WORD.finditer(body):
        between = body[done : match.start()]
        if between.strip() or not pending.words:
            yield pending.decoded()
            yield decode_charset(between, charset_name)
            pending = _Run()
        pending.add(match[1].lower(), match[2].upper(), match[3])
        done = match.end()
    yield pending.decoded()
    yield decode_charset(body[done:], charset_name)


class _Run:
    """Neighbouring encoded words; those of one charset are joined before their octets become characters."""

    def __init__(self) -> None:
        self.words: list[tuple[bytes, bytes, bytearray]] = []

    def add(self, charset_name: bytes, encoding: bytes, text: bytes) -> None:
        if self.words:
            previous_charset, previous_encoding, before = self.words[-1]
            torn = encoding == b"B" and len(before) % 4 and not before.endswith(b"=")
            if torn and (charset_name, encoding) == (previous_charset, previous_encoding):
                before += text
                return
        self.words.append((charset_name, encoding, bytearray(text)))

    def decoded(self) -> str:
        characters: list[str] = []
        for charset_name, words in groupby(self.words, itemgetter(0)):
            octets = b"".join(_from_b(text) if encoding == b"B" else _from_q(text) for _, encoding, text in words)
            characters.append(decode_charset(octets, charset_name))
        # A decoded line end must not become a line end of the header (header injection).
        return "".join(characters).replace("\r", "").replace("\n", " ")


def _from_b(text: bytearray) -> bytes:
    digits = _NOT_BASE64.sub(b"", text)
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _from_q(text: bytearray) -> bytes:
    spaced = text.replace(b"_", b" ")
    return _Q_ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), spaced)


def _q_is_shorter(text: str) -> bool:
    octets = text.encode("utf-8", "replace")
    return sum(map(len, map(_Q_OCTETS.__getitem__, octets))) <= len(octets) * 4 // 3 + 3


def _fitting(text: str, position: int, encoding: str, room: int) -> int:
    """Count the characters from ``position`` whose encoded octets fit in ``room``."""
    size = 0
    for index in range(position, min(len(text), position + max(room, 0))):
        octets = text[index].encode("utf-8", "replace")
        size += len(octets) if encoding == "B" else sum(len(_Q_OCTETS[octet]) for octet in octets)
        if (size if encoding == "Q" else (size + 2) // 3 * 4) > room:
            return index - position
    return min(len(text), position + max(room, 0)) - position


def _encoded(octets: bytes, encoding: str) -> bytes:
    if encoding == "B":
        return binascii.b2a_base64(octets, newline=False)
    return b"".join(_Q_OCTETS[octet] for octet in octets)
