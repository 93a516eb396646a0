"""Lists of tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.trust.tag_list import InvalidTagList, tag_list, without_spaces

_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
_VALUES = st.from_regex(r"([!-:<-~é]( [!-:<-~é])?){0,5}", fullmatch=True)


@given(st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=6), st.booleans())
def test_written_lists_come_back(tags: dict[str, str], closed: bool) -> None:
    text = ";\r\n\t".join(f"{name} = {value}" for name, value in tags.items()) + (";" if closed else "")
    assert tag_list(text) == tags


@given(st.text(st.sampled_from("ab=; \t\r\n:\x00é_1"), max_size=30))
def test_anything_is_a_list_or_the_one_error(text: str) -> None:
    try:
        found = tag_list(text)
    except InvalidTagList:
        return
    assert all(name and name.isascii() for name in found)


@pytest.mark.parametrize("text", ["", ";", "a", "a=1;;b=2", "=1", "1a=2", "a=1;a=2", "a=\x00", "a=1; b=2; ;"])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(InvalidTagList):
        tag_list(text)


def test_case_and_empty_values_stay() -> None:
    assert tag_list("A=;a=b = c") == {"A": "", "a": "b = c"}
    assert without_spaces("a b\r\n\tc") == "abc"
