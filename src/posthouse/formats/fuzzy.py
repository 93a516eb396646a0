"""Texts that are nearly the same: words in any order, without accents, in either kana, between any punctuation (RFC 6203).

What is searched is text in the form of ``collation``; each word searched for becomes a pattern that allows for marks between its
letters. Patterns hold no repetition within a repetition: they are linear.
"""

import re
import unicodedata
from typing import Final

from posthouse.formats.collation import casemap

BEST: Final = 100
_WORD = re.compile(r"\w+")
# Combining marks U+0300 to U+036F, and the two that voice kana, as UTF-8.
_MARKS: Final = rb"(?:\xcc[\x80-\xbf]|\xcd[\x80-\xaf]|\xe3\x82[\x99\x9a])*"
_BETWEEN: Final = rb"[^0-9A-Z\x80-\xff]+"
_KANA: Final = 0x60
"""From hiragana to katakana."""
_WORDS: Final = 32
"""Words of a text that are looked for."""
_WHOLE: Final = 40
_ANYWHERE: Final = 20


class Fuzzy:
    """A text to be found roughly."""

    __slots__ = ("_phrase", "_words")

    def __init__(self, text: str) -> None:
        words = [_pattern(word) for word in _words(text)]
        self._words = [(re.compile(word), re.compile(rb"(?<![0-9A-Z\x80-\xff])" + word)) for word in words]
        self._phrase = re.compile(_BETWEEN.join(words))

    def __bool__(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self._words)

    def score(self, octets: bytes) -> int:
        """How well a text in the form of ``collation`` matches: 0 where a word is missing, 100 with the phrase many times."""
        if not all(anywhere.search(octets) for anywhere, _ in self._words):
            return 0
        if self._phrase.search(octets):
            return min(BEST, 79 + sum(1 for _ in self._phrase.finditer(octets)))
        whole = sum(1 for _, at_start in self._words if at_start.search(octets))
        return _ANYWHERE + (_WHOLE * whole) // len(self._words)


def _words(text: str) -> list[str]:
    """Bare words: no marks, kana as hiragana."""
    decomposed = casemap(text).decode()
    bare = "".join([character for character in decomposed if not unicodedata.combining(character)])
    return _WORD.findall(bare.translate(_TO_HIRAGANA).replace("_", " "))[:_WORDS]


_TO_HIRAGANA: Final = {code: code - _KANA for code in range(0x30A1, 0x30F7)}


def _pattern(word: str) -> bytes:
    return b"".join([_character(character) + _MARKS for character in word])


def _character(character: str) -> bytes:
    octets = re.escape(character.encode())
    if "\u3041" <= character <= "\u3096":
        return b"(?:%b|%b)" % (octets, chr(ord(character) + _KANA).encode())
    return octets
