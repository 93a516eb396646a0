"""Ids: ordered by time, written in 26 characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.ids import ENTROPY_OCTETS, ID_OCTETS, TEXT_CHARACTERS, from_text, make_id, to_text

ids = st.binary(min_size=ID_OCTETS, max_size=ID_OCTETS)
times = st.integers(0, (1 << 48) - 1)
entropy = st.binary(min_size=ENTROPY_OCTETS, max_size=ENTROPY_OCTETS)


@given(ids)
def test_text_and_octets_are_one_thing(id_: bytes) -> None:
    text = to_text(id_)
    assert len(text) == TEXT_CHARACTERS
    assert text == text.lower()
    assert from_text(text) == from_text(text.upper()) == id_


@given(ids, ids)
def test_texts_sort_as_the_octets_do(one: bytes, other: bytes) -> None:
    assert (to_text(one) < to_text(other)) == (one < other)


@given(times, times, entropy, entropy)
def test_what_was_made_later_sorts_later(earlier: int, later: int, one: bytes, other: bytes) -> None:
    assert len(make_id(earlier, one)) == ID_OCTETS
    if earlier < later:
        assert make_id(earlier, one) < make_id(later, other)


@pytest.mark.parametrize("text", ["", "a" * 25, "a" * 27, "w" * 26, "z" * 26, "ä" * 26, "=" * 26, " " + "0" * 25, "0" * 24 + "=="])
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="id"):
        from_text(text)


@given(st.text(min_size=TEXT_CHARACTERS, max_size=TEXT_CHARACTERS))
def test_arbitrary_text_gives_an_id_or_the_one_error(text: str) -> None:
    try:
        id_ = from_text(text)
    except ValueError:
        return
    assert len(id_) == ID_OCTETS


@given(st.text("0123456789abcdefghijklmnopqrstuv", min_size=TEXT_CHARACTERS, max_size=TEXT_CHARACTERS))
def test_an_id_is_written_in_one_way(text: str) -> None:
    """Two texts for one id would be two names for one message."""
    try:
        id_ = from_text(text)
    except ValueError:
        return
    assert to_text(id_) == text


@pytest.mark.parametrize("octets", [0, 8, 15, 17, 32])
def test_what_has_not_sixteen_octets_is_no_id(octets: int) -> None:
    with pytest.raises(ValueError, match="16 octets"):
        to_text(bytes(octets))
