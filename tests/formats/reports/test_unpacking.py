"""Reports as they travel, and bombs."""

import contextlib
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.reports.unpacking import GZIP, UNPACKED_OCTETS, ZIP, InvalidPacking, pack, unpack


def zipped(octets: bytes, name: str = "report.xml") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, octets)
    return target.getvalue()


@given(st.binary(max_size=500))
def test_there_and_back(octets: bytes) -> None:
    assert unpack(pack(octets)) == octets
    assert unpack(gzip.compress(octets)) == octets
    assert unpack(zipped(octets)) == octets
    assert gzip.decompress(pack(octets)) == octets


def test_what_is_not_packed_is_itself() -> None:
    assert unpack(b"<feedback/>") == b"<feedback/>"


def test_bombs_do_not_go_off() -> None:
    bomb = b"\0" * (UNPACKED_OCTETS * 10)
    for packed in (pack(bomb), zipped(bomb)):
        assert len(packed) < 200_000
        with pytest.raises(InvalidPacking, match="more than"):
            unpack(packed)


@given(st.sampled_from([GZIP, ZIP, b""]), st.binary(max_size=100))
def test_arbitrary_octets_are_unpacked_or_refused(start: bytes, octets: bytes) -> None:
    with contextlib.suppress(InvalidPacking):
        assert isinstance(unpack(start + octets), bytes)


@given(st.integers(0, 300), st.binary(max_size=3))
def test_damage_is_unpacked_or_refused(at: int, octets: bytes) -> None:
    packed = zipped(b"<feedback/>" * 10)
    with contextlib.suppress(InvalidPacking):
        unpack(packed[:at] + octets + packed[at:])
