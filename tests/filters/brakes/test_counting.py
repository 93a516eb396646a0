"""Sliding windows."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.brakes.counting import DAY, FINE_SECONDS, HOUR, MINUTE, WINDOWS, Slot, frees_at, slot_begin, used

NOW = 1_800_000_000.0


def test_what_lies_in_a_window() -> None:
    slots = [Slot(int(NOW) - 70, 5), Slot(int(NOW) - 60, 3), Slot(int(NOW) - 50, 2), Slot(int(NOW), 1)]
    assert used(slots, MINUTE, NOW) == 3
    assert used(slots, HOUR, NOW) == 11
    assert used([], DAY, NOW) == 0


def test_when_there_is_room_again() -> None:
    window = (MINUTE, FINE_SECONDS)
    slots = [Slot(int(NOW) - 50, 2), Slot(int(NOW) - 20, 3)]
    assert frees_at(slots, window, 10, 5, NOW) == NOW
    assert frees_at(slots, window, 6, 3, NOW) == NOW - 50 + FINE_SECONDS + MINUTE
    assert frees_at(slots, window, 6, 6, NOW) == NOW - 20 + FINE_SECONDS + MINUTE
    assert frees_at(slots, window, 6, 7, NOW) == NOW + MINUTE


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50)), max_size=40), st.integers(1, 100), st.integers(1, 100))
def test_at_that_moment_there_is_room(events: list[tuple[int, int]], most: int, wanted: int) -> None:
    window = WINDOWS["minute"]
    slots = [Slot(slot_begin(NOW - ago, FINE_SECONDS), count) for ago, count in sorted(events, reverse=True)]
    moment = frees_at(slots, window, most, wanted, NOW)
    assert NOW <= moment <= NOW + MINUTE + FINE_SECONDS
    if wanted <= most:
        assert used(slots, window[0], moment) + wanted <= most
