"""Compression of a connection: what goes in comes out, in portions, and nothing else does."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.transport.deflate import PORTION_OCTETS, Deflate
from posthouse.transport.errors import Disconnected


def expanded(deflate: Deflate) -> list[bytes]:
    return list(iter(deflate.expand, b""))


@given(st.lists(st.binary(max_size=300)), st.integers(1, 40))
def test_whatever_is_compressed_comes_out_at_once(portions: list[bytes], cut: int) -> None:
    ours, theirs = Deflate(), Deflate()
    for octets in portions:
        compressed = ours.compress(octets)
        found = []
        for start in range(0, len(compressed), cut):
            theirs.receive(compressed[start : start + cut])
            found += expanded(theirs)
        assert b"".join(found) == octets


def test_a_bomb_goes_off_in_portions() -> None:
    ours, theirs = Deflate(), Deflate()
    theirs.receive(ours.compress(bytes(20_000_000)))
    portions = [len(octets) for octets in expanded(theirs)]
    assert sum(portions) == 20_000_000
    assert max(portions) == PORTION_OCTETS


def test_a_client_with_the_widest_window_and_the_best_level_is_understood() -> None:
    client = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    text = b"".join(b"%d LOGIN %d\r\n" % (number, number * 7) for number in range(9_000))
    server = Deflate()
    server.receive(client.compress(text) + client.flush(zlib.Z_SYNC_FLUSH))
    assert b"".join(expanded(server)) == text


@pytest.mark.parametrize("octets", [b"a1 NOOP\r\n" * 9, zlib.compress(b"with a header"), zlib.compress(b"x")[2:-4]])
def test_what_is_not_a_compressed_stream_ends_the_connection(octets: bytes) -> None:
    server = Deflate()
    server.receive(octets)
    with pytest.raises(Disconnected):
        expanded(server)
