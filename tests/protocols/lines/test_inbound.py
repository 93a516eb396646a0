"""Lines out of octets: the same however they are cut, bounded, and in step after every fault."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.lines.inbound import Inbound, LineFault

LIMIT = 12
OCTETS = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"\0", b"ab", b"abcdefgh"]), max_size=20).map(b"".join)


def lines(segments: list[bytes]) -> list[bytes | LineFault]:
    inbound, found = Inbound(), []
    for segment in segments:
        inbound.append(segment)
        while (line := inbound.line(LIMIT)) is not None:
            found.append(line)
        assert len(inbound) < LIMIT
    return found


def naive(octets: bytes) -> list[bytes | LineFault]:
    found: list[bytes | LineFault] = []
    for line in octets.split(b"\n")[:-1]:
        if len(line) + 1 > LIMIT:
            found.append(LineFault.TOO_LONG)
        elif not line.endswith(b"\r"):
            found.append(LineFault.BARE_LINE_FEED)
        elif b"\r" in line[:-1]:
            found.append(LineFault.BARE_CARRIAGE_RETURN)
        else:
            found.append(LineFault.NUL if b"\0" in line else line[:-1])
    return found


@given(OCTETS)
def test_agrees_with_a_naive_reader(octets: bytes) -> None:
    assert lines([octets]) == naive(octets)


@given(OCTETS, st.integers(1, 7))
def test_cutting_changes_nothing(octets: bytes, size: int) -> None:
    assert lines([octets[at : at + size] for at in range(0, len(octets), size)]) == naive(octets)


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(0, 20))
def test_take_gives_everything_in_order(segments: list[bytes], most: int) -> None:
    inbound, octets = Inbound(), b"".join(segments)
    for segment in segments:
        inbound.append(segment)
    assert len(inbound) == len(octets)
    first = inbound.take(most)
    assert first == octets[:most]
    rest = inbound.take()
    assert rest == octets[most:]
    inbound.put_back(rest)
    assert inbound.take() == rest
    assert len(inbound) == 0


def test_clear_forgets_a_line_too_long_as_well() -> None:
    inbound = Inbound()
    inbound.append(b"x" * LIMIT)
    assert inbound.line(LIMIT) is None
    inbound.clear()
    inbound.append(b"NOOP\r\n")
    assert inbound.line(LIMIT) == b"NOOP"
