"""Columns lose rows in place, few or many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.servers.imap.mailbox import columns as module
from posthouse.servers.imap.mailbox.columns import Columns


@pytest.mark.parametrize("runs", [0, 2, 100])
def test_what_is_left(runs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS", runs)

    @given(st.integers(0, 30).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, max(0, size - 1))))))
    def check(case: tuple[int, set[int]]) -> None:
        size, gone = case
        gone = {position for position in gone if position < size}
        columns = Columns()
        columns.extend(range(1, size + 1), [number % 32 for number in range(size)], range(100, 100 + size))
        columns.remove(sorted(gone))
        left = [position for position in range(size) if position not in gone]
        assert list(columns.uids) == [position + 1 for position in left]
        assert list(columns.flags) == [position % 32 for position in left]
        assert list(columns.mod_sequences) == [position + 100 for position in left]
        assert len(columns) == len(left)

    check()
