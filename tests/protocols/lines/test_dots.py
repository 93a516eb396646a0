"""Dot-stuffing: the writer's inverse is the reader, and nothing but CRLF . CRLF is the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.lines.dots import DotReader, DotWriter

PIECES = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"..", b"bc", b".\r\n"]), max_size=30).map(b"".join)
ANYTHING = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"a", b"\0"]), max_size=30).map(b"".join)


def cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def read(octets: bytes, size: int) -> tuple[bytes, bytes | None]:
    reader, content = DotReader(), b""
    segments = cut(octets, size)
    for number, segment in enumerate(segments, 1):
        piece, rest = reader.feed(segment)
        content += piece
        if rest is not None:
            return content, rest + b"".join(segments[number:])
    return content, None


def write(content: bytes, size: int) -> bytes:
    writer = DotWriter()
    return b"".join([writer.feed(piece) for piece in cut(content, size)]) + writer.end()


@given(PIECES, st.integers(1, 9), st.integers(1, 9), ANYTHING)
def test_reader_is_the_inverse_of_the_writer(content: bytes, writes: int, reads: int, behind: bytes) -> None:
    whole_lines = content if content.endswith(b"\r\n") or not content else content + b"\r\n"
    assert read(write(content, writes) + behind, reads) == (whole_lines, behind)


@given(ANYTHING, st.integers(1, 9))
def test_cutting_changes_nothing(octets: bytes, size: int) -> None:
    content, rest = read(octets, size)
    whole, whole_rest = read(octets, 1000)
    assert (content, rest) == (whole, whole_rest)


@given(ANYTHING)
def test_end_is_where_a_naive_search_finds_it(octets: bytes) -> None:
    content, rest = read(octets, 1000)
    end = (b"\r\n" + octets).find(b"\r\n.\r\n")
    assert (rest is None) == (end < 0)
    if rest is not None:
        assert rest == octets[end + 3 :]
        stuffed = (b"\r\n" + octets)[: end + 2]
        assert content == b"\r\n".join([line.removeprefix(b".") for line in stuffed.split(b"\r\n")])[2:]


@given(ANYTHING, st.integers(1, 9))
def test_writer_never_writes_a_bare_newline(content: bytes, size: int) -> None:
    octets = write(content, size)
    assert octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n")
    assert (b"\r\n" + octets).find(b"\r\n.\r\n") == len(octets) - 3


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\r\r\n", b"\r\n .\r\n"])
def test_lookalikes_do_not_end(end: bytes) -> None:
    assert read(b"text" + end + b"QUIT\r\n", 1000)[1] is None


@pytest.mark.parametrize(
    ("content", "octets"),
    [
        (b"", b".\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r", b"a\r\n.\r\n"),
        (b"\r\n.\r\n", b"\r\n..\r\n.\r\n"),
    ],
)
def test_writer(content: bytes, octets: bytes) -> None:
    assert write(content, 1000) == octets
