"""Patterns match what the RFC says, in time that does not depend on their wickedness."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.servers.imap.answers import No
from posthouse.servers.imap.listing.pattern import Pattern, Patterns

LETTERS = "ab/*%"


@given(st.text(LETTERS, max_size=8), st.text("ab/", max_size=8))
def test_the_same_as_a_regular_expression(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(character, character) for character in pattern)
    assert Pattern(pattern).matches(name) is bool(re.fullmatch(expression, name, re.DOTALL))


def test_wicked_patterns_are_quick() -> None:
    assert not Pattern("*a%b" * 400).matches("a" * 1000)
    assert Pattern("%*" * 800).matches("a/b" * 300)
    with pytest.raises(No):
        Pattern("*" * 5000)


def test_inbox_in_any_case_and_reference() -> None:
    assert Patterns("", ("inb%",)).match("INBOX")
    assert not Patterns("", ("inb%",)).match("INBOXES")
    assert Patterns("a/", ("x", "b*")).match("a/b/c")
    assert not Patterns("a/", ("%",)).match("a/b/c")
