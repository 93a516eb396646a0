"""Blob format v1 as it lies on the disk: what is written is exact, what is damaged is noticed."""

import contextlib
import random
import resource
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.adapters.blobs.layout import (
    CHUNK_HEAD,
    HEADER,
    STORED,
    STORED_BIT,
    UNFINISHED,
    ZSTD,
    decode_header,
    encode_header,
)
from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.blobs.writer import BlobWriter
from posthouse.foundation.errors import Corrupt, NotFound, OutOfSpace, Unavailable
from posthouse.foundation.limits import BLOB_CHUNK_OCTETS

TEXT = b"Words that repeat themselves compress well.\r\n" * 10_000
NOISE = random.Random(7).randbytes(500_000)


def write(path: Path, *portions: bytes, compress: bool = False) -> int:
    writer = BlobWriter(path, compress=compress)
    for portion in portions:
        writer.write(portion)
    return writer.finish()


# the layout


def test_the_header_is_what_the_format_says() -> None:
    octets = encode_header(ZSTD, 0x0102030405)
    assert octets[:16] == b"PHB1\x01\x01\x00\x11\x00\x00\x00\x01\x02\x03\x04\x05"
    assert octets[16:] == bytes(76)
    header = decode_header(octets + b"more")
    assert (header.codec, header.flags, header.chunk_octets, header.size_octets) == (ZSTD, 0, 131_072, 0x0102030405)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        encode_header(STORED, 5)[:-1],
        b"PHB2" + encode_header(STORED, 5)[4:],
        b"PHB1\x02" + encode_header(STORED, 5)[5:],
        b"PHB1\x01\x07" + encode_header(STORED, 5)[6:],
        b"PHB1\x01\x00\x01" + encode_header(STORED, 5)[7:],
        b"PHB1\x01\x00\x00\x3f" + encode_header(STORED, 5)[8:],
        encode_header(STORED, UNFINISHED),
    ],
    ids=["empty", "short", "magic", "version", "codec", "encrypted", "chunk size", "unfinished"],
)
def test_headers_nobody_can_read(octets: bytes) -> None:
    with pytest.raises(Corrupt):
        decode_header(octets)


def test_stored_octets_lie_in_the_file_as_they_came(tmp_path: Path) -> None:
    octets = bytes(range(256)) * 1_000
    assert write(tmp_path / "blob", octets[:5], octets[5:]) == len(octets)
    file = (tmp_path / "blob").read_bytes()
    assert decode_header(file).size_octets == len(octets)
    first = HEADER.size + CHUNK_HEAD.size
    assert CHUNK_HEAD.unpack_from(file, HEADER.size) == (BLOB_CHUNK_OCTETS | STORED_BIT,)
    assert file[first : first + BLOB_CHUNK_OCTETS] == octets[:BLOB_CHUNK_OCTETS]
    second = first + BLOB_CHUNK_OCTETS
    rest = octets[BLOB_CHUNK_OCTETS:]
    assert file[second:] == CHUNK_HEAD.pack(len(rest) | STORED_BIT) + rest


def test_only_what_shrinks_is_compressed(tmp_path: Path) -> None:
    write(tmp_path / "text", TEXT, compress=True)
    write(tmp_path / "noise", NOISE, compress=True)
    assert (tmp_path / "text").stat().st_size < len(TEXT) // 20
    chunks = -(-len(NOISE) // BLOB_CHUNK_OCTETS)
    assert (tmp_path / "noise").stat().st_size <= HEADER.size + len(NOISE) + chunks * CHUNK_HEAD.size
    for name, octets in (("text", TEXT), ("noise", NOISE)):
        assert read_blob(tmp_path / name, 0, None) == octets
        assert read_blob(tmp_path / name, 200_000, 50_000) == octets[200_000:250_000]


def test_a_blob_is_written_once(tmp_path: Path) -> None:
    write(tmp_path / "blob", b"octets")
    with pytest.raises(Unavailable):
        BlobWriter(tmp_path / "blob", compress=False)
    assert read_blob(tmp_path / "blob", 0, None) == b"octets"


def test_a_discarded_blob_leaves_the_links_of_others(tmp_path: Path) -> None:
    writer = BlobWriter(tmp_path / "blob", compress=False)
    writer.write(b"octets")
    writer.finish()
    (tmp_path / "link").hardlink_to(tmp_path / "blob")
    writer.discard()
    assert not (tmp_path / "blob").exists()
    assert read_blob(tmp_path / "link", 0, None) == b"octets"


# what goes wrong


def test_a_missing_blob_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_blob(tmp_path / "blob", 0, None)


@pytest.mark.parametrize("compress", [False, True])
def test_a_blob_still_being_written_cannot_be_read(tmp_path: Path, compress: bool) -> None:
    writer = BlobWriter(tmp_path / "blob", compress=compress)
    writer.write(TEXT)
    with pytest.raises(Corrupt, match="never finished"):
        read_blob(tmp_path / "blob", 0, 10)
    writer.discard()


@pytest.fixture
def small_disk() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("compress", [False, True])
def test_a_full_disk_is_said(tmp_path: Path, compress: bool) -> None:
    writer = BlobWriter(tmp_path / "blob", compress=compress)
    writer.write(NOISE[:150_000])
    with pytest.raises(OutOfSpace):
        writer.write(NOISE[150_000:])
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        BlobWriter(tmp_path / "gone" / "blob", compress=False)


@pytest.mark.parametrize("compress", [False, True])
def test_a_blob_that_ends_too_early(tmp_path: Path, compress: bool) -> None:
    octets = TEXT + NOISE
    write(tmp_path / "blob", octets, compress=compress)
    whole = (tmp_path / "blob").read_bytes()
    for length in (HEADER.size, HEADER.size + 2, len(whole) // 2, len(whole) - 1):
        (tmp_path / "blob").write_bytes(whole[:length])
        with pytest.raises(Corrupt):
            read_blob(tmp_path / "blob", 0, None)
        with pytest.raises(Corrupt):
            read_blob(tmp_path / "blob", len(octets) - 5, None)


def test_a_head_that_lies_takes_no_memory(tmp_path: Path) -> None:
    write(tmp_path / "blob", TEXT, compress=True)
    whole = (tmp_path / "blob").read_bytes()
    for lie in (0x7FFF_FFFF, 0xFFFF_FFFF):
        (tmp_path / "blob").write_bytes(whole[: HEADER.size] + CHUNK_HEAD.pack(lie) + whole[HEADER.size + CHUNK_HEAD.size :])
        with pytest.raises(Corrupt):
            read_blob(tmp_path / "blob", 0, None)


def test_a_chunk_that_says_it_is_larger_than_a_chunk(tmp_path: Path) -> None:
    bomb = zstandard.compress(bytes(50_000_000))
    octets = encode_header(ZSTD, 1_000) + CHUNK_HEAD.pack(len(bomb)) + bomb
    (tmp_path / "blob").write_bytes(octets)
    with pytest.raises(Corrupt):
        read_blob(tmp_path / "blob", 0, None)
    liar = b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 1 << 60) + b"\x01\x00\x00"
    (tmp_path / "blob").write_bytes(encode_header(ZSTD, 1_000) + CHUNK_HEAD.pack(len(liar)) + liar)
    with pytest.raises(Corrupt):
        read_blob(tmp_path / "blob", 0, None)


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.data())
def test_a_damaged_blob_gives_octets_or_says_so(compress: bool, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        blob = Path(folder) / "blob"
        size = write(blob, TEXT[:200_000], compress=compress)
        octets = bytearray(blob.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            octets[data.draw(st.integers(0, min(len(octets), 600) - 1))] = data.draw(st.integers(0, 255))
        blob.write_bytes(octets)
        with contextlib.suppress(Corrupt):
            assert len(read_blob(blob, 0, None)) <= max(size, 1 << 24)
