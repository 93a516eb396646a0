"""BER: what is written is read, and arbitrary octets are elements or refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.ber import elements
from posthouse.formats.ber.elements import InvalidElement, Reader

NUMBERS = st.integers(-(2**31), 2**31 - 1)


@given(NUMBERS, st.booleans(), st.binary(max_size=300), st.sampled_from([elements.INTEGER, elements.ENUMERATED]))
def test_what_is_written_is_read(number: int, truth: bool, octets: bytes, kind: int) -> None:
    written = elements.element(
        elements.SEQUENCE, elements.integer(number, kind), elements.boolean(truth), elements.octet_string(octets)
    )
    assert elements.frame_octets(written + b"more", 1_000) == len(written)
    outer = Reader(written)
    inner = outer.nested(elements.SEQUENCE)
    assert (inner.integer(kind), inner.boolean(), inner.content(elements.OCTET_STRING)) == (number, truth, octets)
    assert inner.is_at_end
    assert outer.is_at_end


@pytest.mark.parametrize(
    ("number", "octets"), [(0, "020100"), (127, "02017f"), (128, "02020080"), (-128, "0202ff80"), (256, "02020100"), (-1, "0201ff")]
)
def test_numbers_of_the_standard(number: int, octets: str) -> None:
    assert Reader(bytes.fromhex(octets)).integer() == number
    assert Reader(elements.integer(number)).integer() == number


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths(size: int) -> None:
    written = elements.octet_string(b"x" * size)
    assert Reader(written).any() == (elements.OCTET_STRING, b"x" * size)
    for cut in range(min(len(written), 6)):
        assert elements.frame_octets(written[:cut], 100_000) in (None, len(written))
        with pytest.raises(InvalidElement):
            Reader(written[:cut]).any()


@pytest.mark.parametrize(
    "octets",
    ["", "04", "0401", "0480", "0485000000000161", "1f0100", "0402ff", "04820001"],
    ids=["nothing", "kind", "short", "indefinite", "long-length", "long-kind", "cut", "cut-long"],
)
def test_what_is_refused(octets: str) -> None:
    with pytest.raises(InvalidElement):
        Reader(bytes.fromhex(octets)).any()


def test_what_is_not_what_was_expected() -> None:
    for octets, read in (
        (b"\x04\x00", Reader.integer),
        (b"\x02\x00", Reader.integer),
        (b"\x02\x06\0\0\0\0\0\1", Reader.integer),
        (b"\x01\x02\0\0", Reader.boolean),
    ):
        with pytest.raises(InvalidElement):
            read(Reader(octets))


def test_a_long_element_is_refused_before_it_is_there() -> None:
    with pytest.raises(InvalidElement, match="at most"):
        elements.frame_octets(b"\x30\x84\x7f\xff\xff\xff", 1_000)


@given(st.binary(max_size=40))
def test_any_octets_are_elements_or_refused(octets: bytes) -> None:
    reader, found = Reader(octets), b""
    with contextlib.suppress(InvalidElement):
        while not reader.is_at_end:
            kind, content = reader.any()
            found += content
            assert 0 <= kind <= 255
    assert len(found) <= len(octets)
    with contextlib.suppress(InvalidElement):
        size = elements.frame_octets(octets, 100)
        assert size is None or 2 <= size <= 100
