"""Rights as letters and as bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.model.rights import ALL_RIGHTS, LETTERS, Right, check_identifier, format_rights, parse_rights


@given(st.integers(0, int(ALL_RIGHTS)))
def test_rights_are_read_as_they_were_written(rights: int) -> None:
    assert parse_rights(format_rights(rights)) == rights


@given(st.text(max_size=12))
def test_letters_are_rights_or_invalid(letters: str) -> None:
    try:
        rights = parse_rights(letters)
    except Invalid:
        assert set(letters) - set(LETTERS)
    else:
        assert set(format_rights(rights)) == set(letters)


def test_each_right_has_its_letter() -> None:
    assert format_rights(ALL_RIGHTS) == LETTERS == "lrswipkxtea"
    assert parse_rights("al") == Right.ADMINISTER | Right.LOOKUP
    assert parse_rights("xte") == Right.DELETE_MAILBOX | Right.DELETE_MESSAGES | Right.EXPUNGE
    assert sum(Right) == ALL_RIGHTS


@pytest.mark.parametrize("identifier", ["anyone", "user:abc", "-group:1", "x" * 255])
def test_identifiers(identifier: str) -> None:
    assert check_identifier(identifier) == identifier


@pytest.mark.parametrize("identifier", ["", "-", "a\r\n", "\ud800", "x" * 256])
def test_no_identifiers(identifier: str) -> None:
    with pytest.raises(Invalid):
        check_identifier(identifier)
