"""xtext and its Unicode sisters: inverses, and nothing but the one error."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.grammar.xtext import NotXtext, unitext, write_unitext, write_xtext, xtext

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CODECS = pytest.mark.parametrize(("parse", "write"), [(xtext, write_xtext), (unitext, write_unitext)])
Parse = Callable[[str], str]


@CODECS
@given(text=TEXT)
def test_round_trip(parse: Parse, write: Parse, text: str) -> None:
    encoded = write(text)
    assert parse(encoded) == text
    assert all("!" <= character <= "~" and character not in "= " for character in encoded)


@CODECS
@given(encoded=TEXT | st.from_regex(r"(\+[0-9A-F]{2}|\\x\{[0-9A-F]{1,7}\}|a|\+|\\|=)*", fullmatch=True))
def test_anything_is_text_or_an_error(parse: Parse, write: Parse, encoded: str) -> None:
    try:
        text = parse(encoded)
    except NotXtext:
        return
    assert parse(write(text)) == text


def test_examples() -> None:
    assert xtext("Alice+2Bx+3D") == "Alice+x="
    assert unitext(r"\x{E1}lice\x{2B}@ex\x{1F600}.test") == "álice+@ex😀.test"


@pytest.mark.parametrize("encoded", ["+", "+2", "+2G", "a b", "a=b", "á", "+FF"])
def test_not_xtext(encoded: str) -> None:
    with pytest.raises(NotXtext):
        xtext(encoded)


@pytest.mark.parametrize("encoded", ["\\", r"\x{}", r"\x{D800}", r"\x{110000}", r"\x{1234567}", "a+2Bb", "a b"])
def test_not_unitext(encoded: str) -> None:
    with pytest.raises(NotXtext):
        unitext(encoded)
