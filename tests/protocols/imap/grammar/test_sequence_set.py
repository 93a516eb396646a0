"""Sequence sets: reading, writing, and what ``*`` means."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import sequence_sets

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import SAVED_RESULT, SequenceSet, merge, sequence_set, serialise_sequence_set


def _read(text: bytes) -> SequenceSet:
    return sequence_set(Cursor(text))


@given(sequence_sets)
def test_round_trip(value: SequenceSet) -> None:
    assert _read(serialise_sequence_set(value)) == value


@pytest.mark.parametrize(
    ("text", "largest", "resolved"),
    [
        (b"1:3", 10, [(1, 3)]),
        (b"3:1", 10, [(1, 3)]),
        (b"*", 10, [(10, 10)]),
        (b"*:4", 10, [(4, 10)]),
        (b"15:*", 10, [(10, 15)]),
        (b"1,2,3,5,4", 10, [(1, 5)]),
        (b"7:9,1:2,8:12", 10, [(1, 2), (7, 12)]),
        (b"*,1", 10, [(1, 1), (10, 10)]),
        (b"*:*", 10, [(10, 10)]),
        (b"1:*", 0, []),
    ],
)
def test_resolution(text: bytes, largest: int, resolved: list[tuple[int, int]]) -> None:
    assert _read(text).resolved(largest) == resolved


@given(sequence_sets, st.integers(1, 50))
def test_resolved_ranges_are_apart_and_ascending(value: SequenceSet, largest: int) -> None:
    found = value.resolved(largest)
    assert found == merge(found)
    assert all(low <= high for low, high in found)
    assert all(left[1] + 1 < right[0] for left, right in itertools.pairwise(found))


def test_saved_result() -> None:
    assert _read(b"$") is SAVED_RESULT


@pytest.mark.parametrize(
    "text", [b"", b"0", b"0:3", b"1:", b":1", b"1,,2", b",1", b"1:2:3", b"4294967296", b"1" * 5000, b"*:0", b"a"]
)
def test_what_is_no_set(text: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        _read(text)


def test_a_very_long_set_is_read() -> None:
    text = b",".join([b"%d" % number for number in range(1, 200_000, 2)])
    assert len(_read(text).ranges) == 100_000
