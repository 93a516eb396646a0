"""Chunks are counted, contents checked."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.framing.content import ChunkReader, ContentCheck
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.replies import CONTENT_BARE_NEWLINE, MESSAGE_TOO_BIG, OK


@given(st.binary(max_size=60), st.integers(0, 40), st.integers(1, 9))
def test_chunk(octets: bytes, size: int, step: int) -> None:
    reader, content, at = ChunkReader(size), b"", 0
    while at < len(octets):
        piece, rest = reader.feed(octets[at : at + step])
        content, at = content + piece, at + step
        if rest is not None:
            assert rest + octets[at:] == octets[size:]
            break
    assert content == octets[:size]
    assert reader.wants == max(size - len(octets), 0)


def test_size_is_judged_over_all_pieces() -> None:
    check = ContentCheck(5, BareNewlines.REJECT)
    assert check.admits(b"abc")
    assert check.admits(b"\r\n")
    assert not check.admits(b"x")
    assert check.refusal == MESSAGE_TOO_BIG
    assert not check.admits(b"")


def test_newlines() -> None:
    check = ContentCheck(50, BareNewlines.REJECT)
    assert check.admits(b"a\r")
    assert not check.admits(b"b")
    assert check.refusal == CONTENT_BARE_NEWLINE
    open_end = ContentCheck(50, BareNewlines.REJECT)
    assert open_end.admits(b"a\r")
    open_end.finish()
    assert open_end.refusal == CONTENT_BARE_NEWLINE
    keeps = ContentCheck(50, BareNewlines.KEEP)
    assert keeps.admits(b"a\nb\r")
    keeps.finish()
    assert keeps.refusal is None


def test_a_refusal_from_outside_stays() -> None:
    check = ContentCheck(50, BareNewlines.REJECT)
    check.refusal = OK
    assert not check.admits(b"a")
    check.finish()
    assert check.refusal is OK
