"""Netstrings, whole and in pieces."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.qmtp.netstrings import InvalidNetstring, NetstringReader, netstring, split_netstrings


def test_the_example_of_the_specification() -> None:
    assert netstring(b"hello world!") == b"12:hello world!,"
    assert netstring(b"") == b"0:,"


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_round_trip(strings: list[bytes]) -> None:
    assert split_netstrings(b"".join(map(netstring, strings))) == strings


@given(st.lists(st.binary(max_size=30), max_size=5), st.integers(1, 7))
def test_in_pieces(strings: list[bytes], size: int) -> None:
    octets = b"".join(map(netstring, strings))
    reader, found = NetstringReader(30), []
    for start in range(0, len(octets), size):
        reader.receive_data(octets[start : start + size])
        while (one := reader.next()) is not None:
            found.append(one)
    assert found == strings
    assert reader.take() == b""


@given(st.binary(max_size=40) | st.text("0123456789:,a", max_size=20).map(str.encode))
def test_any_octets_are_netstrings_or_not(octets: bytes) -> None:
    with contextlib.suppress(InvalidNetstring):
        split_netstrings(octets)
    reader = NetstringReader(10)
    reader.receive_data(octets)
    with contextlib.suppress(InvalidNetstring):
        while reader.next() is not None:
            pass


@pytest.mark.parametrize("octets", [b"01:a,", b":,", b"-1:a,", b"3:ab,", b"2:abc,", b"99999999999:", b"1:a", b"1"])
def test_what_is_none(octets: bytes) -> None:
    with pytest.raises(InvalidNetstring):
        split_netstrings(octets)


def test_a_long_one_is_refused_before_it_comes() -> None:
    reader = NetstringReader(10)
    reader.receive_data(b"11:")
    with pytest.raises(InvalidNetstring, match="more than 10"):
        reader.next()
