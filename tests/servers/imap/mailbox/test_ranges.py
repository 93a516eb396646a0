"""Ranges of UIDs, compared with plain sets."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.grammar.sequence_set import merge
from posthouse.servers.imap.mailbox.ranges import above, contains, gaps, runs

UIDS = st.sets(st.integers(1, 60)).map(sorted)
RANGES = st.lists(st.tuples(st.integers(1, 70), st.integers(0, 20)), max_size=4).map(
    lambda pairs: merge([(low, low + more) for low, more in pairs])
)


def _members(ranges: list[tuple[int, int]]) -> list[int]:
    return [number for low, high in ranges for number in range(low, high + 1)]


@given(UIDS)
def test_runs(uids: list[int]) -> None:
    found = runs(uids)
    assert _members(found) == uids
    assert merge(found) == found


@given(UIDS, RANGES)
def test_gaps(uids: list[int], ranges: list[tuple[int, int]]) -> None:
    found = list(gaps(array("I", uids), ranges))
    assert _members(found) == [number for number in _members(ranges) if number not in set(uids)]
    assert all(low <= high for low, high in found)


@given(RANGES, st.integers(0, 95))
def test_members_and_floors(ranges: list[tuple[int, int]], number: int) -> None:
    assert contains(ranges, number) == (number in _members(ranges))
    assert _members(above(ranges, number)) == [member for member in _members(ranges) if member > number]


def test_long_stretches_are_leapt_over() -> None:
    uids = array("I", [*range(1, 100_001), *range(100_003, 200_001)])
    assert list(gaps(uids, [(1, 200_000)])) == [(100_001, 100_002)]
