"""LF becomes CRLF, wherever the chunks are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.line_ends import each_to_crlf, to_crlf

_OCTETS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b""]), max_size=30).map(b"".join)


def test_a_lone_cr_stays() -> None:
    assert to_crlf(b"a\nb\r\nc\rd\n") == b"a\r\nb\r\nc\rd\r\n"


@given(_OCTETS)
def test_doing_it_twice_changes_nothing(octets: bytes) -> None:
    once = to_crlf(octets)
    assert to_crlf(once) == once
    assert once.replace(b"\r\n", b"\n") == octets.replace(b"\r\n", b"\n")


@given(_OCTETS, st.lists(st.integers(0, 60), max_size=6))
def test_chunks_do_not_matter(octets: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    chunks = [octets[start:end] for start, end in pairwise(edges)]
    assert b"".join(each_to_crlf(chunks)) == to_crlf(octets)
