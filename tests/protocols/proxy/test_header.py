"""PROXY headers of both versions."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.proxy.header import (
    FIXED_OCTETS,
    SIGNATURE,
    InvalidProxyHeader,
    Proxied,
    is_version_1,
    parse_binary,
    parse_line,
    rest_octets,
)


@pytest.mark.parametrize(
    ("line", "proxied"),
    [
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 25", Proxied("192.0.2.7", 51234)),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 4 993", Proxied("2001:db8::7", 4)),
        (b"PROXY UNKNOWN", Proxied()),
        (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535", Proxied()),
    ],
)
def test_lines(line: bytes, proxied: Proxied) -> None:
    assert is_version_1(line[:12])
    assert parse_line(line) == proxied


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY",
        b"PROXY TCP4",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 51234",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 65536",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 -1 25",
        b"PROXY TCP4 2001:db8::7 198.51.100.1 51234 25",
        b"PROXY TCP6 192.0.2.7 198.51.100.1 51234 25",
        b"PROXY TCP4  192.0.2.7 198.51.100.1 51234 25",
        b"PROXY UDP4 192.0.2.7 198.51.100.1 51234 25",
        b"EHLO client.example",
    ],
)
def test_what_is_no_line(line: bytes) -> None:
    with pytest.raises(InvalidProxyHeader):
        parse_line(line)


def binary(address: str, port: int, *, command: int = 0x21, notes: bytes = b"") -> tuple[bytes, bytes]:
    ip = ipaddress.ip_address(address)
    rest = ip.packed + ip.packed + struct.pack("!HH", port, 25) + notes
    return SIGNATURE + bytes([command, 0x11 if ip.version == 4 else 0x21]) + len(rest).to_bytes(2, "big"), rest


@given(st.ip_addresses(), st.integers(0, 65_535), st.binary(max_size=40))
def test_binary_headers(address: object, port: int, notes: bytes) -> None:
    fixed, rest = binary(str(address), port, notes=notes)
    assert not is_version_1(fixed[:12])
    assert rest_octets(fixed) == len(rest)
    assert parse_binary(fixed, rest) == Proxied(str(address), port)


def test_health_checks_and_other_families_name_nobody() -> None:
    fixed, rest = binary("192.0.2.7", 5, command=0x20)
    assert parse_binary(fixed, rest) == Proxied()
    unspecified = SIGNATURE + b"\x21\x00\x00\x00"
    assert parse_binary(unspecified, b"") == Proxied()


@pytest.mark.parametrize(
    "fixed",
    [
        SIGNATURE + b"\x11\x11\x00\x0c",  # version 1
        SIGNATURE + b"\x22\x11\x00\x0c",  # no such command
        SIGNATURE + b"\x21\x11\xff\xff",  # too long
        SIGNATURE + b"\x21\x11\x00\x04",  # too short for its addresses
    ],
)
def test_what_is_no_binary_header(fixed: bytes) -> None:
    with pytest.raises(InvalidProxyHeader):
        parse_binary(fixed, bytes(rest_octets(fixed)))


@given(st.binary(min_size=FIXED_OCTETS, max_size=60))
def test_any_octets_are_a_header_or_none(octets: bytes) -> None:
    try:
        if is_version_1(octets):
            parse_line(octets)
        else:
            parse_binary(octets[:FIXED_OCTETS], octets[FIXED_OCTETS:])
    except InvalidProxyHeader:
        pass
