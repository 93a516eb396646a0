"""What people take for the same text compares as the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.collation import casemap

SAME = [
    ("müller", "MÜLLER"),
    ("müller", "mu\u0308ller"),
    ("ABC", "ａｂｃ"),
    ("ガギグ", "ｶﾞｷﾞｸﾞ"),
    ("straße", "STRASSE"),
    ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
    ("ﬁn 5㎏", "FIN 5KG"),
    ("会议，", "会议,"),
    ("Ǆ", "ǆ"),
]


def rfc_5051(text: str) -> str:
    """The collation by the letter: simple title case of each character, then compatibility decomposition."""
    titles = [title if len(title := character.title()) == 1 else character for character in text]
    return unicodedata.normalize("NFKD", "".join(titles))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_text(one: str, other: str) -> None:
    assert casemap(one) == casemap(other)


@pytest.mark.parametrize(("one", "other"), [("muller", "müller"), ("か", "が"), ("a", "b"), ("予算", "预算")])
def test_different_texts(one: str, other: str) -> None:
    assert casemap(one) != casemap(other)


def test_the_basic_plane_is_never_finer_than_rfc_5051() -> None:
    for code in [*range(0xD800), *range(0xE000, 0x10000)]:
        character = chr(code)
        assert casemap(rfc_5051(character)) == casemap(character), hex(code)


@given(st.text(max_size=30))
def test_doing_it_again_changes_nothing(text: str) -> None:
    once = casemap(text)
    assert casemap(once.decode()) == once


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_case_and_composition_do_not_matter(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert casemap(unicodedata.normalize(form, text)) == casemap(text)
    assert casemap(text.casefold()) == casemap(text)


@given(st.text("abzABZ_[09 "), st.text("abzABZ_[09 "))
def test_ascii_is_ordered_as_rfc_5051_orders_it(one: str, other: str) -> None:
    assert (casemap(one) < casemap(other)) is (rfc_5051(one) < rfc_5051(other))


def test_lone_surrogates_are_no_error() -> None:
    assert casemap("a\ud800b") == b"A?B"
