"""Names of annotations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.model.sharing.annotation import ENTRY_OCTETS, check_entry


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/shared/comment", "/shared/comment"),
        ("/Private/Comment", "/private/comment"),
        ("/shared/vendor/cmu/cyrus-imapd/lastpop", "/shared/vendor/cmu/cyrus-imapd/lastpop"),
    ],
)
def test_names_are_kept_in_lower_case(name: str, kept: str) -> None:
    assert check_entry(name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/shared",
        "/shared/",
        "/shared//x",
        "/x/y",
        "shared/x",
        "/shared/a*",
        "/shared/%",
        "/shared/a b",
        "/shared/ü",
        "/shared/\u212a",
    ],
)
def test_names_no_entry_may_have(name: str) -> None:
    with pytest.raises(Invalid):
        check_entry(name)


def test_a_name_is_bounded() -> None:
    assert check_entry("/shared/" + "x" * (ENTRY_OCTETS - 8))
    with pytest.raises(Invalid):
        check_entry("/shared/" + "x" * (ENTRY_OCTETS - 7))


@given(st.text(max_size=30).map("/shared/".__add__))
def test_what_is_kept_stays_as_it_is(name: str) -> None:
    try:
        kept = check_entry(name)
    except Invalid:
        return
    assert check_entry(kept) == kept == name.lower()
