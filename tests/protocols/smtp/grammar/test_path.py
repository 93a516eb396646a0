"""Reverse-path and forward-path."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES

from posthouse.formats.address.value import Address
from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.grammar.path import forward_path, reverse_path, write_path


@given(ADDRESSES, st.sampled_from(["", "SIZE=1"]))
def test_round_trip(address: Address, rest: str) -> None:
    text = write_path(address) + (f" {rest}" if rest else "")
    assert reverse_path(text) == (address, rest)
    assert forward_path(text) == (address, rest)


@given(st.text(max_size=12) | st.from_regex(r"[ <>\"\\@:,a.\[\]]{0,12}", fullmatch=True))
def test_anything_is_a_path_or_a_violation(text: str) -> None:
    for parse in (reverse_path, forward_path):
        with contextlib.suppress(SyntaxViolation):
            parse(text)


def test_null_and_postmaster() -> None:
    assert reverse_path("<> SIZE=1") == (None, "SIZE=1")
    assert write_path(None) == "<>"
    with pytest.raises(SyntaxViolation):
        forward_path("<>")
    assert forward_path("<PostMaster>") == (Address("PostMaster", ""), "")
    assert write_path(Address("PostMaster", "")) == "<PostMaster>"
    with pytest.raises(SyntaxViolation):
        reverse_path("<Postmaster>")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" <a@b.example>", Address("a", "b.example")),
        ("a@b.example", Address("a", "b.example")),
        ("<@r.example:a@b.example>", Address("a", "b.example")),
        ("<@r.example,@s.example:a@b.example>", Address("a", "b.example")),
        ('<"a> <b"@b.example>', Address("a> <b", "b.example")),
        ('<"a\\"b"@b.example>', Address('a"b', "b.example")),
        ("<a@[IPv6:2001:db8::1]>", Address("a", "[IPv6:2001:db8::1]")),
    ],
)
def test_quirks_and_quotes(text: str, address: Address) -> None:
    assert reverse_path(text) == (address, "")


@pytest.mark.parametrize("text", ["", "<", "<a@b", "<a@b>x", "<a b@c>", "<@r.example:>", '<"a@b.example>', "<<a@b>>"])
def test_refused(text: str) -> None:
    with pytest.raises(SyntaxViolation):
        forward_path(text)
