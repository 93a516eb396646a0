"""One table of sentences for all protocols: English is what the code says, and the key to the other languages.

Case of the first letter does not count: POP3 begins its sentences in lower case. A sentence that is not in the table is said in
English, which everybody would rather read than nothing (RFC 5255 §3.2 calls it i-default).
"""

import functools
import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Final, NamedTuple

DEFAULT: Final = "i-default"
ENGLISH: Final = "en"
LANGUAGES: Final = {ENGLISH: "English", "zh": "中文", "ja": "日本語", "de": "Deutsch"}
"""Tags (RFC 5646), and what each calls itself."""
TRANSLATIONS: Final = ("zh", "ja", "de")
"""In the order of the table."""
SENTENCE_CHARACTERS: Final = 600
"""Longer ones are said as they are."""


class _Template(NamedTuple):
    """A sentence with something filled in."""

    pattern: re.Pattern[str]
    translations: tuple[str, ...]


class Table(NamedTuple):
    """Sentences by their English words, which begin with a capital."""

    exact: dict[str, tuple[str, ...]]
    templates: tuple[_Template, ...]


@functools.cache
def table() -> Table:
    """Read the table, once."""
    texts = tomllib.loads(resources.files(__package__).joinpath("texts.toml").read_text("utf-8"))["texts"]
    exact = {_capitalised(english): tuple(translations) for english, translations in texts.items()}
    most_words_first = sorted((english for english in exact if "{}" in english), key=len, reverse=True)
    return Table(exact, tuple([_Template(_pattern(english), exact[english]) for english in most_words_first]))


def chosen(ranges: Iterable[str]) -> str | None:
    """The first language range (RFC 4647 §3.4, lookup) that is spoken here, as its tag; None where none is."""
    for wanted in ranges:
        tag = wanted.lower()
        if tag in ("*", "default", DEFAULT):
            return DEFAULT
        while tag:
            if tag in LANGUAGES:
                return tag
            tag = tag.rpartition("-")[0]
    return None


def translated(text: str, language: str) -> str:
    """Say a sentence in a language; English where it is not known."""
    if language not in TRANSLATIONS or len(text) > SENTENCE_CHARACTERS:
        return text
    place = TRANSLATIONS.index(language)
    english = _capitalised(text)
    found = table().exact.get(english)
    if found is not None:
        return found[place]
    for template in table().templates:
        match = template.pattern.fullmatch(english)
        if match is not None:
            return template.translations[place].format(*match.groups())
    return text


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pattern(english: str) -> re.Pattern[str]:
    """Anything may stand for ``{}``, and the words between are short, so that matching takes few steps."""
    return re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL)
