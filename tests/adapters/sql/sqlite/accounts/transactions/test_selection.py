"""Messages named by UIDs, as a condition."""

import apsw
from hypothesis import given
from hypothesis import strategies as st

from posthouse.adapters.sql.sqlite.accounts.transactions.selection import select_uids

uids = st.lists(st.integers(1, 60) | st.integers(1, 4_294_967_295), unique=True).map(sorted)
DATABASE = apsw.Connection(":memory:")
DATABASE.execute("CREATE TABLE message (uid INTEGER PRIMARY KEY)")
DATABASE.executemany("INSERT INTO message VALUES (?)", [(uid,) for uid in (*range(1, 50), 4_294_967_295)])


@given(uids)
def test_exactly_those_are_selected(wanted: list[int]) -> None:
    condition, bindings = select_uids(wanted)
    found = [uid for (uid,) in DATABASE.execute(f"SELECT uid FROM message WHERE {condition} ORDER BY uid", bindings)]
    assert found == [uid for uid in wanted if uid < 50 or uid == 4_294_967_295]


def test_a_range_is_asked_for_as_one() -> None:
    assert select_uids(range(5, 100_000)) == ("(uid BETWEEN ? AND ?)", (5, 99_999))
    assert select_uids([7]) == ("(uid BETWEEN ? AND ?)", (7, 7))
    assert select_uids([1, 2, 5]) == ("(uid BETWEEN ? AND ? OR uid BETWEEN ? AND ?)", (1, 2, 5, 5))


def test_scattered_messages_make_no_long_condition() -> None:
    condition, bindings = select_uids(range(1, 100_000, 2))
    assert len(condition) < 100
    assert len(bindings) == 1


def test_none_is_none() -> None:
    assert select_uids([]) == ("0", ())
