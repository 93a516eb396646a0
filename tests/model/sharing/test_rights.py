"""Rights as letters and as bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import AccountId
from posthouse.model.sharing.rights import (
    ALL_RIGHTS,
    ANYONE,
    LETTERS,
    NEGATIVE,
    Grant,
    Right,
    account_of,
    check_identifier,
    format_rights,
    group_identifier,
    parse_rights,
    rights_among,
    user_identifier,
)


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


def test_what_all_give_together_less_what_is_taken() -> None:
    alice, bob = AccountId(b"a" * 16), AccountId(b"b" * 16)
    grants = [
        Grant(ANYONE, int(parse_rights("lr"))),
        Grant(user_identifier(alice), int(parse_rights("swi"))),
        Grant(NEGATIVE + user_identifier(alice), int(parse_rights("w"))),
        Grant("group:x", int(ALL_RIGHTS)),
    ]
    assert format_rights(rights_among(grants, {ANYONE, user_identifier(alice)})) == "lrsi"
    assert format_rights(rights_among(grants, {ANYONE, user_identifier(bob)})) == "lr"
    assert rights_among([*grants, Grant(NEGATIVE + ANYONE, int(ALL_RIGHTS))], {ANYONE}) is Right.NONE
    assert rights_among(grants, {ANYONE, "group:x"}) == ALL_RIGHTS


def test_identifiers_of_people() -> None:
    alice = AccountId(b"a" * 16)
    assert account_of(user_identifier(alice)) == alice
    assert account_of(group_identifier(alice)) == alice
    assert account_of(ANYONE) is None
    assert account_of("user:nobody") is None
