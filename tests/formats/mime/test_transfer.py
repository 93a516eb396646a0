"""Transfer encodings, both ways and in pieces."""

import base64
import binascii
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.mime.transfer import decode, decoder, encode_base64, encode_quoted_printable

MECHANISMS = [b"base64", b"quoted-printable", b"x-uuencode", b"7bit", b"unknown"]
PIECES = [
    b"QUJD",
    b"=",
    b"==",
    b"=3D",
    b"=\r\n",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"begin 644 a\n",
    b"#86)C\n",
    b"end\n",
    b"!",
    b"\xe4",
]
BODIES = st.lists(st.sampled_from(PIECES)).map(b"".join) | st.binary(max_size=40)


@given(st.binary(max_size=300))
def test_base64_comes_back(octets: bytes) -> None:
    encoded = encode_base64(octets)
    assert decode(encoded, b"base64") == octets
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))


@given(st.binary(max_size=300) | BODIES)
def test_quoted_printable_comes_back(octets: bytes) -> None:
    encoded = encode_quoted_printable(octets)
    assert decode(encoded, b"quoted-printable") == octets
    assert all(len(line) <= 78 and not line.endswith((b" ", b"\t")) and line.isascii() for line in encoded.split(b"\r\n"))
    assert b"=_" not in encoded


@given(BODIES, st.sampled_from(MECHANISMS), st.lists(st.integers(0, 60), max_size=6))
@settings(max_examples=150)
def test_pieces_make_no_difference(octets: bytes, mechanism: bytes, cuts: list[int]) -> None:
    chosen = decoder(mechanism)
    edges = [0, *sorted(cuts), len(octets)]
    pieces = [octets[start:end] for start, end in pairwise(edges)]
    assert b"".join(map(chosen.feed, pieces)) + chosen.finish() == decode(octets, mechanism)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"SGVs!!bG8\x00gd2\r\n9y*bGQ=\r\n", b"Hello world"),
        (b"SGVsbG8", b"Hello"),
        (b"SGVsbG8=\r\n-- \r\nfooter", b"Hello"),
        (b"SGVsbG9", b"Hello"[:4] + b"o"),
        (b"S", b""),
        (b"", b""),
        (b"====", b""),
    ],
)
def test_broken_base64(octets: bytes, expected: bytes) -> None:
    assert decode(octets, b"base64") == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"a=3Db", b"a=b"),
        (b"soft=\r\nbreak", b"softbreak"),
        (b"soft= \t\r\nbreak", b"softbreak"),
        (b"padded  \r\n\tkept", b"padded\r\n\tkept"),
        (b"=ZZ=4", b"=ZZ=4"),
        (b"=c3=A4", b"\xc3\xa4"),
        (b"end=", b"end"),
        (b"end  ", b"end"),
        (b"\xe4", b"\xe4"),
    ],
)
def test_broken_quoted_printable(octets: bytes, expected: bytes) -> None:
    assert decode(octets, b"quoted-printable") == expected


def test_quoted_printable_protects_lines() -> None:
    assert encode_quoted_printable(b"From x\r\n.\r\na \r\n") == b"=46rom x\r\n=2E\r\na=20\r\n"


def test_uuencode() -> None:
    content = bytes(range(256)) * 2
    lines = b"".join(binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    octets = b"preamble\r\nbegin 644 a.bin\r\n" + lines.replace(b"\n", b"\r\n") + b"`\r\nend\r\ntrailer\r\n"
    assert decode(octets, b"x-uuencode") == content


def test_endless_lines_are_decoded_in_bounded_pieces() -> None:
    content = b"a=3D" * 100_000
    chosen = decoder(b"quoted-printable")
    produced = [chosen.feed(content[at : at + 1_000]) for at in range(0, len(content), 1_000)]
    assert max(map(len, produced)) < 100_000
    assert b"".join(produced) + chosen.finish() == b"a=" * 100_000


def test_large_bodies() -> None:
    content = bytes(range(256)) * 4_000
    assert decode(base64.encodebytes(content), b"base64") == content
