"""Canonical forms: the RFC's examples, and bodies in chunks against a form that sees the whole body."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.trust.dkim.canonical import Canonicalization, body_form, header_field

BODIES = st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r", b"\n", b"bc", b"  "]), max_size=14).map(b"".join)


def chunked(body: bytes, algorithm: Canonicalization, sizes: list[int]) -> bytes:
    form = body_form(algorithm)
    found: list[bytes] = []
    position = 0
    for size in sizes:
        found += form.update(body[position : position + size])
        position += size
    found += form.update(body[position:])
    found += form.finish()
    return b"".join(found)


def naive(body: bytes, algorithm: Canonicalization) -> bytes:
    """The definition, line by line (RFC 6376 §3.4.3 and §3.4.4)."""
    lines = body.split(b"\r\n")
    if algorithm is Canonicalization.RELAXED:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" \t") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    whole = b"".join(line + b"\r\n" for line in lines)
    return whole or (b"\r\n" if algorithm is Canonicalization.SIMPLE else b"")


@pytest.mark.parametrize("algorithm", Canonicalization)
@given(BODIES, st.lists(st.integers(0, 4), max_size=20))
@settings(max_examples=300)
def test_chunks_of_any_size_give_the_form_of_the_whole(algorithm: Canonicalization, body: bytes, sizes: list[int]) -> None:
    assert chunked(body, algorithm, sizes) == naive(body, algorithm)


@pytest.mark.parametrize("algorithm", Canonicalization)
def test_every_split_in_two(algorithm: Canonicalization) -> None:
    body = b"a \t\r\n\r\n b\r c \r\n \r\n\t\r\n"
    for place in range(len(body) + 1):
        assert chunked(body, algorithm, [place]) == naive(body, algorithm)


def test_the_example_of_the_rfc() -> None:
    """RFC 6376 §3.4.5."""
    body = b" C \r\nD \t E\r\n\r\n\r\n"
    assert chunked(body, Canonicalization.RELAXED, []) == b" C\r\nD E\r\n"
    assert chunked(body, Canonicalization.SIMPLE, []) == b" C \r\nD \t E\r\n"
    assert header_field(b"A: X\r\n", Canonicalization.RELAXED) == b"a:X\r\n"
    assert header_field(b"B : Y\t\r\n\tZ  \r\n", Canonicalization.RELAXED) == b"b:Y Z\r\n"
    assert header_field(b"B : Y\t\r\n\tZ  \r\n", Canonicalization.SIMPLE) == b"B : Y\t\r\n\tZ  \r\n"


def test_empty_lines_wait_without_memory() -> None:
    """A million empty lines are a number until something follows them."""
    form = body_form(Canonicalization.RELAXED)
    for _ in range(1000):
        assert not list(form.update(b" \r\n" * 1000))
    released = list(form.update(b"x"))
    assert sum(map(len, released)) == 2_000_001
    assert max(map(len, released)) < 100_000


def test_a_body_of_spaces_alone_is_empty() -> None:
    assert chunked(b" \t" * 50_000, Canonicalization.RELAXED, [7]) == b""
