"""Signature fields: what they say, and that nothing but the one error comes of anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.dkim_messages import SIGNATURES

from posthouse.trust.dkim.canonical import Canonicalization
from posthouse.trust.dkim.signature import FIELD_OCTETS, InvalidSignature, Signature, Unusable, readable, signature, without_value

FIELD = SIGNATURES[: SIGNATURES.index(b"DKIM", 1)]


def test_what_a_field_says() -> None:
    found = signature(FIELD)
    assert (found.domain, found.selector, found.identity) == ("football.example.com", "brisbane", "@football.example.com")
    assert (found.header_form, found.body_form) == (Canonicalization.RELAXED, Canonicalization.RELAXED)
    assert found.fields == (b"from", b"to", b"subject", b"date", b"message-id", b"from", b"subject", b"date")
    assert (found.signed_at, found.expires, found.length) == (1_528_637_909, None, None)
    assert (len(found.body_hash), len(found.value)) == (32, 64)
    assert found.query_name == "brisbane._domainkey.football.example.com"


def test_defaults() -> None:
    found = signature(b"DKIM-Signature: v=1;a=rsa-sha256;d=Example.COM;s=X;h=From;bh=AA==;b=AA==")
    assert (found.domain, found.selector, found.identity) == ("example.com", "x", "@Example.COM")
    assert (found.header_form, found.body_form) == (Canonicalization.SIMPLE, Canonicalization.SIMPLE)


@pytest.mark.parametrize(
    ("field", "rest"),
    [
        (b"D: a=1; b=xyz; c=2\r\n", b"D: a=1; b=; c=2\r\n"),
        (b"D: a=1; b = x\r\n y; c=2\r\n", b"D: a=1; b =; c=2\r\n"),
        (b"D: b=x", b"D: b="),
        (b"D: bh=b=; b=x;", b"D: bh=b=; b=;"),
        (b"D:a=1;\r\n\tb=\r\n x\r\n", b"D:a=1;\r\n\tb="),
        (b"D: bh=1", b"D: bh=1"),
    ],
)
def test_the_value_is_taken_out(field: bytes, rest: bytes) -> None:
    assert without_value(field) == rest


_PIECES = st.sampled_from(
    [
        b"v=1",
        b"a=rsa-sha256",
        b"d=x.y",
        b"s=z",
        b"h=from",
        b"bh=AA==",
        b"b=AA==",
        b";",
        b" ",
        b"\r\n ",
        b"l=1",
        b"i=@x.y",
        b"\xff",
        b"c=simple",
        b"=",
    ]
)


@given(st.lists(_PIECES, max_size=25))
@settings(max_examples=300)
def test_anything_is_a_signature_or_the_one_error(pieces: list[bytes]) -> None:
    field = b"DKIM-Signature:" + b"".join(pieces)
    try:
        assert isinstance(signature(field), Signature)
    except InvalidSignature:
        assert_shown(readable(field, "why"))


def assert_shown(found: Unusable) -> None:
    """Whatever is said about a broken field can be shown."""
    assert found.reason == "why"
    assert all(text.isascii() and text.isprintable() for text in (found.domain, found.selector, found.algorithm))


@given(st.permutations([b"v=1", b"a=rsa-sha256", b"d=x.y", b"s=z", b"h=from:to", b"bh=AA==", b"b=AA==", b"t=5", b"x=9", b"l=3"]))
def test_tags_come_in_any_order(tags: list[bytes]) -> None:
    found = signature(b"DKIM-Signature: " + b"; ".join(tags) + b"\r\n")
    assert (found.domain, found.signed_at, found.expires, found.length) == ("x.y", 5, 9, 3)


def test_long_fields_are_not_read() -> None:
    with pytest.raises(InvalidSignature, match="too long"):
        signature(FIELD + b" " * FIELD_OCTETS)
