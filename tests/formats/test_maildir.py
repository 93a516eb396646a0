"""Names in a Maildir."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.maildir import folder_levels, parse_keywords, parse_message_name


@pytest.mark.parametrize(
    ("name", "letters", "delivered_at"),
    [
        ("1068730225.M1P2.host,S=58:2,RSFa", "RSFa", 1_068_730_225),
        ("1068730225.M1.host:2,", "", 1_068_730_225),
        ("1068730225.M1.host", "", 1_068_730_225),
        ("1068730225.M1.host;2,S", "S", 1_068_730_225),
        ("1068730225.M1.host!2,ST", "ST", 1_068_730_225),
        ("message:2,S,extra", "S", None),
        ("cur:1,S", "", None),
    ],
)
def test_message_names(name: str, letters: str, delivered_at: int | None) -> None:
    assert parse_message_name(name) == (frozenset(letters), delivered_at)


@given(st.text(max_size=60))
def test_any_name_is_read(name: str) -> None:
    assert all(letter.isalpha() for letter in parse_message_name(name).letters)


@pytest.mark.parametrize(
    ("name", "levels"),
    [(".Work.2026", ("Work", "2026")), (".INBOX.Sent", ("Sent",)), (".", ()), (".a..b", ("a", "b")), ("x", ("x",))],
)
def test_folder_names(name: str, levels: tuple[str, ...]) -> None:
    assert folder_levels(name) == levels


def test_keywords() -> None:
    assert parse_keywords("0 $Label1\n25 z\n26 too many\nx y\n\n1\n") == {"a": "$Label1", "z": "z"}
