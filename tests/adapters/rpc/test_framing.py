"""Messages on a byte stream: whole again however the stream was cut."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.adapters.rpc import framing as module
from posthouse.adapters.rpc.framing import Frames, frame
from posthouse.foundation.errors import Corrupt


@given(st.lists(st.binary(max_size=50), max_size=8), st.lists(st.integers(1, 20), min_size=1))
def test_messages_come_out_as_they_went_in(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, messages))
    frames = Frames()
    found: list[bytes] = []
    position = index = 0
    while position < len(stream):
        end = position + cuts[index % len(cuts)]
        found += frames.feed(stream[position:end])
        position, index = end, index + 1
    assert found == messages


@given(st.binary(max_size=200))
def test_arbitrary_octets_give_messages_or_the_one_error(octets: bytes) -> None:
    frames = Frames()
    try:
        assert sum(map(len, frames.feed(octets))) <= len(octets)
    except Corrupt:
        assert len(octets) >= 4


def test_a_length_nobody_sends() -> None:
    with pytest.raises(Corrupt):
        list(Frames().feed(b"\xff\xff\xff\xff"))


def test_the_longest_message_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRAME_OCTETS", 10)
    assert list(Frames().feed(frame(b"0123456789"))) == [b"0123456789"]
    with pytest.raises(Corrupt):
        list(Frames().feed(struct.pack(">I", 11)))
