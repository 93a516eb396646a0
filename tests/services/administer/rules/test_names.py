"""Addresses and names that may be given out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.key import address_key
from posthouse.foundation.errors import Invalid
from posthouse.model.people.names import EVERYWHERE as ALLOWED
from posthouse.services.administer.rules.names import display_name, given_address, read_address, read_domain, written


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z0-9._+-]{1,70}@example\.test", fullmatch=True))
def test_any_text_gives_an_address_of_plain_characters_or_one_error(text: str) -> None:
    try:
        address = given_address(text)
    except Invalid:
        return
    assert set(address.local_part) <= ALLOWED
    assert given_address(written(address)) == address
    assert address_key(address) == address_key(read_address(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\u200bb@example.test", "zero width space"),
        ("a/b@example.test", "'/'"),
        ("王@example.test", "'王'"),
        ('"a\u00adb"@example.test', "soft hyphen"),
        ("a@[192.0.2.1]", "address literal"),
        ("postmaster", "no mail address"),
    ],
)
def test_the_reason_names_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        given_address(text)


def test_domains_as_people_type_them() -> None:
    assert read_domain(" Example.Test. ") == "Example.Test"
    with pytest.raises(Invalid, match="address literal"):
        read_domain("[192.0.2.1]")


def test_display_names() -> None:
    assert display_name("  Zoe\u0308  ") == "Zoë"
    for wrong in ("x" * 201, "a\r\nBcc: b"):
        with pytest.raises(Invalid):
            display_name(wrong)
