"""Base64 as SASL profiles use it: one canonical form, nothing else (RFC 4648 §4, RFC 4954 §4)."""

import binascii
from typing import Final

RESPONSE_OCTETS: Final = 12_288
"""Longest encoded challenge or response a server must take, CRLF not counted (RFC 4954 §4)."""


class InvalidEncoding(ValueError):
    """Not base64: a foreign character, wrong padding, or too long."""


def decode(encoded: bytes) -> bytes:
    """Decode one challenge or response (no CRLF); an empty one is empty.

    Raises: InvalidEncoding.
    """
    if len(encoded) > RESPONSE_OCTETS:
        raise InvalidEncoding(f"more than {RESPONSE_OCTETS} octets")
    try:
        octets = binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error as error:
        raise InvalidEncoding(str(error)) from None
    if encode(octets) != encoded:  # CPython's strict mode lets excess padding and stray trailing bits pass
        raise InvalidEncoding("not the canonical form")
    return octets


def decode_initial_response(encoded: bytes | None) -> bytes | None:
    """Decode the initial response of a command: None if there was none, ``=`` is an empty one (RFC 4954 §4).

    Raises: InvalidEncoding.
    """
    if encoded is None:
        return None
    return b"" if encoded == b"=" else decode(encoded)


def encode(octets: bytes) -> bytes:
    """Encode one challenge or response, without CRLF."""
    return binascii.b2a_base64(octets, newline=False)


def encode_initial_response(octets: bytes) -> bytes:
    """Encode an initial response: ``=`` when it is empty (RFC 4954 §4)."""
    return encode(octets) or b"="
