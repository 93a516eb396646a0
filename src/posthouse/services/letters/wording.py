"""What the letters of the house say, in the languages of their readers."""

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final, NamedTuple

ENGLISH: Final = "en"
_BRACES: Final = re.compile(r"\{(\w+)\}")


class Wording(NamedTuple):
    """One letter."""

    subject: str
    text: str


@functools.cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """All letters and words: by language, then by what they are about."""
    found: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("texts.toml").read_text("utf-8"))
    return found


def wording(language: str, about: str, words: Mapping[str, str]) -> Wording:
    """A letter with its words filled in; English where a language is not known."""
    letter = catalogue().get(language, catalogue()[ENGLISH])[about]
    return Wording(filled(letter["subject"], words), filled(letter["text"], words).strip() + "\n")


def word(language: str, name: str, **words: str) -> str:
    """A sentence that is put into letters."""
    return filled(catalogue().get(language, catalogue()[ENGLISH])["words"][name], words)


def filled(text: str, words: Mapping[str, str]) -> str:
    """Fill in ``{name}``; a word nobody knows stays as it is. A line whose words are all empty is left out."""
    lines = []
    for line in text.splitlines():
        names = [name for name in _BRACES.findall(line) if name in words]
        if names and not any(words[name] for name in names):
            continue
        lines.append(_BRACES.sub(lambda found: words.get(found[1], found[0]), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
