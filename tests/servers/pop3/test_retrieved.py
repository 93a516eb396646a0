"""Which messages have been taken, and when."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.servers.pop3.retrieved import OCTETS, Retrieved

UIDS = st.sets(st.integers(1, 200), max_size=30)


@given(st.lists(st.tuples(st.integers(20_000, 20_040), UIDS)))
def test_the_last_retrieval_counts_and_survives_being_stored(taken: list[tuple[int, set[int]]]) -> None:
    known, model = Retrieved(), dict[int, int]()
    for day, uids in taken:
        known.add(uids, day)
        model.update(dict.fromkeys(uids, day))
    again = Retrieved(known.octets())
    for day in range(19_999, 20_042):
        assert again.until(day) == {uid for uid, last in model.items() if last <= day}


def test_what_is_gone_is_forgotten() -> None:
    known = Retrieved()
    known.add({1, 2, 3}, 5)
    known.keep(lambda uid: uid == 2)
    assert Retrieved(known.octets()).until(9) == {2}
    known.keep(lambda _: False)
    assert known.octets() is None


def test_too_much_leaves_the_newest_out() -> None:
    known = Retrieved()
    known.add({1, 2}, 5)
    known.add(range(10, 60_000, 3), 6)
    octets = known.octets()
    assert octets is not None
    assert len(octets) <= OCTETS
    assert Retrieved(octets).until(9) == {1, 2}


@given(st.binary())
def test_anything_can_be_read(octets: bytes) -> None:
    Retrieved(octets)
