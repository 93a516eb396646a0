"""Numbers to sets and back."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import sequence_set
from posthouse.protocols.imap.responses.sequence_set import compact


@given(st.sets(st.integers(1, 60), min_size=1))
def test_a_set_names_exactly_its_numbers(numbers: set[int]) -> None:
    ascending = sorted(numbers)
    ranges = sequence_set(Cursor(compact(ascending))).resolved(100)
    assert [number for low, high in ranges for number in range(low, high + 1)] == ascending


def test_forms() -> None:
    assert compact([]) == b""
    assert compact([4]) == b"4"
    assert compact(range(1, 20_001)) == b"1:20000"
    assert compact([1, 2, 3, 5, 9, 10]) == b"1:3,5,9:10"
