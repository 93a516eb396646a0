"""One purse of memory for everybody."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.budget import Budget


def test_no_more_is_taken_than_there_is() -> None:
    budget = Budget(100)
    assert budget.take(60)
    assert not budget.take(41)
    assert budget.free == 40, "who is refused has taken nothing"
    assert budget.take(40)
    assert budget.take(0)
    assert not budget.take(1)
    budget.give(60)
    assert budget.free == 60


@given(st.lists(st.integers(0, 120), max_size=40))
def test_what_is_given_back_is_there_again(portions: list[int]) -> None:
    budget = Budget(100)
    taken = [portion for portion in portions if budget.take(portion)]
    assert sum(taken) + budget.free == budget.total == 100
    for portion in taken:
        budget.give(portion)
    assert budget.free == 100


def test_giving_too_much_makes_no_memory() -> None:
    budget = Budget(100)
    budget.give(50)
    assert budget.free == 100


def test_whoever_keeps_what_can_be_had_again_gives_it_back() -> None:
    budget = Budget(100)
    assert budget.take(80)
    lacking: list[int] = []

    def give_back(octets: int) -> None:
        lacking.append(octets)
        budget.give(50)

    budget.on_shortage = give_back
    assert budget.take(20)
    assert budget.take(30)
    assert lacking == [30]
    budget.on_shortage = lacking.append
    assert not budget.take(21)
