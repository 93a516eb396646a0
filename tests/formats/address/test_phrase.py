"""Phrases for the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.address_list import envelope_addresses
from posthouse.formats.address.phrase import format_phrase
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import unfold


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("Alice B", b"Alice B"),
        ("Smith, J.", b'"Smith, J."'),
        ('a "b" \\', b'"a \\"b\\" \\\\"'),
        ("ä", b"=?utf-8?B?w6Q=?="),
        ("=?x", b"=?utf-8?Q?=3D=3Fx?="),
        ("a\r\nBcc: x", b"=?utf-8?Q?a=0D=0ABcc=3A_x?="),
    ],
)
def test_forms(text: str, octets: bytes) -> None:
    assert format_phrase(text) == octets


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_names_come_back(text: str) -> None:
    (entry,) = envelope_addresses(unfold(format_phrase(text)) + b" <a@b>")
    assert decode(entry.name or b"") == text
