"""The letters of the house in every language."""

import re

import pytest

from posthouse.services.languages.speaking import LANGUAGES
from posthouse.services.letters.wording import ENGLISH, catalogue, filled, word, wording

BRACES = re.compile(r"\{(\w+)\}")


def test_every_language_has_every_letter_with_the_same_words() -> None:
    assert set(catalogue()) == set(LANGUAGES)
    english = catalogue()[ENGLISH]
    for letters in catalogue().values():
        assert {about: set(parts) for about, parts in letters.items()} == {about: set(parts) for about, parts in english.items()}
        for about, parts in letters.items():
            for name, text in parts.items():
                assert sorted(BRACES.findall(text)) == sorted(BRACES.findall(english[about][name])), (about, name)


def test_a_line_with_nothing_to_say_is_left_out() -> None:
    assert filled("a {x}\n\n{y}\n\nb {x}{y} {unknown} {", {"x": "1", "y": ""}) == "a 1\n\nb 1 {unknown} {"


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert filled("{x}", {"x": "{y}", "y": "no"}) == "{y}"


@pytest.mark.parametrize("language", ["fr", ""])
def test_who_speaks_another_language_reads_english(language: str) -> None:
    assert wording(language, "welcome", {"address": "a@b"}).subject == "Your mailbox a@b"
    assert word(language, "imap", hostname="h", port="1", security="TLS") == "Incoming mail (IMAP): h, port 1, TLS"
