"""Base64 is strict: one octet string has one encoding, everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.sasl.encoding import (
    RESPONSE_OCTETS,
    InvalidEncoding,
    decode,
    decode_initial_response,
    encode,
    encode_initial_response,
)


@given(st.binary())
def test_round_trip(octets: bytes) -> None:
    assert decode(encode(octets)) == octets
    assert decode_initial_response(encode_initial_response(octets)) == octets


@given(st.binary() | st.from_regex(rb"[A-Za-z0-9+/]{0,9}={0,3}", fullmatch=True))
def test_anything_is_octets_or_an_error(encoded: bytes) -> None:
    try:
        octets = decode(encoded)
    except InvalidEncoding:
        return
    assert encode(octets) == encoded


@pytest.mark.parametrize(
    "encoded", [b"*", b"=", b"QQ", b"QQ=", b"QQ===", b"Q Q=", b"QQ==QQ==", b"QQ==\r\n", b"=QQ=", b"QR==", b"++++="]
)
def test_refuses_what_is_not_base64(encoded: bytes) -> None:
    with pytest.raises(InvalidEncoding):
        decode(encoded)


def test_refuses_too_much() -> None:
    assert len(decode(b"A" * RESPONSE_OCTETS)) == RESPONSE_OCTETS // 4 * 3
    with pytest.raises(InvalidEncoding):
        decode(b"A" * (RESPONSE_OCTETS + 4))


def test_initial_response_tells_none_from_empty() -> None:
    assert decode_initial_response(None) is None
    assert decode_initial_response(b"=") == b""
