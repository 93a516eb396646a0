"""DNS lists: questions and answers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.dns_list import DnsList, listing, parse_dns_list, question_name
from posthouse.foundation.errors import Invalid


def test_questions() -> None:
    assert question_name("192.0.2.99", "bl.example") == "99.2.0.192.bl.example"
    name = question_name("2001:db8:1:2:3:4:567:89ab", "bl.example")
    assert name == "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example"


@pytest.mark.parametrize(
    ("text", "records", "answer"),
    [
        ("bl.example", ["127.0.0.2"], "127.0.0.2"),
        ("bl.example", ["192.0.2.1"], ""),  # a resolver that sells unknown names
        ("bl.example", ["127.255.255.254"], ""),  # asked through an open resolver
        ("bl.example", ["not an address"], ""),
        ("bl.example", [], ""),
        ("bl.example:127.0.0.4", ["127.0.0.2", "127.0.0.4"], "127.0.0.4"),
        ("bl.example:127.0.0.4-7", ["127.0.0.2", "127.0.0.7"], "127.0.0.7"),
        ("bl.example:127.0.0.4-7", ["127.0.0.8"], ""),
        (" BL.example. ", ["127.0.0.2"], "127.0.0.2"),
    ],
)
def test_listings(text: str, records: list[str], answer: str) -> None:
    assert listing(parse_dns_list(text), records) == answer


@pytest.mark.parametrize("text", ["", ".", "bl.example:", "bl.example:x", "bl.example:127.0.0.4-999", "bl.example:127.0.0.4-x"])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(Invalid):
        parse_dns_list(text)


@given(st.text(max_size=60))
def test_any_text_is_a_list_or_invalid(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(parse_dns_list(text), DnsList)
