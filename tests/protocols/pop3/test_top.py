"""How much TOP shows, against a reader of lines."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.pop3.top import TopCutter

MESSAGES = st.lists(st.sampled_from([b"\r\n", b"\n", b"a", b"Subject: x\r\n", b"\r"]), max_size=20).map(b"".join)


def naive(octets: bytes, lines: int) -> bytes:
    shown, body = [], -1
    for line in octets.split(b"\n"):
        if body == lines:
            break
        shown.append(line)
        if body >= 0:
            body += 1
        elif line in (b"", b"\r"):
            body = 0
    else:
        return octets
    return b"\n".join([*shown, b""])


@given(MESSAGES, st.integers(0, 5), st.integers(1, 9))
def test_agrees_with_a_reader_of_lines(octets: bytes, lines: int, size: int) -> None:
    cutter, shown = TopCutter(lines), b""
    for at in range(0, len(octets), size):
        piece, done = cutter.feed(octets[at : at + size])
        shown += piece
        if done:
            break
    assert shown == naive(octets, lines)
