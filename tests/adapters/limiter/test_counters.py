"""Counting itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.adapters.limiter import counters as module
from posthouse.adapters.limiter.counters import Counters
from posthouse.ports.limiter import Window

gaps = st.lists(st.floats(0, 20), min_size=1, max_size=200)


@given(gaps, st.integers(1, 10))
def test_no_window_ever_holds_twice_as_many(waits: list[float], most: int) -> None:
    """Two numbers for a key cannot be exact; they are never further off than this, wherever the window is laid."""
    counters, now, allowed = Counters(), 0.0, []
    for wait in waits:
        now += wait
        if counters.take("rule", "key", Window(most, 10.0), now).allowed:
            allowed.append(now)
    assert all(sum(start <= time < start + 10.0 for time in allowed) <= 2 * most for start in allowed)


@given(gaps, st.integers(1, 10))
def test_who_is_refused_had_cause(waits: list[float], most: int) -> None:
    counters, now, allowed = Counters(), 0.0, []
    for wait in waits:
        now += wait
        decision = counters.take("rule", "key", Window(most, 10.0), now)
        if decision.allowed:
            allowed.append(now)
        else:
            assert sum(now - 20.0 < time for time in allowed) >= most
            assert 0 < decision.retry_after <= 10.0


def test_what_was_longest_untouched_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEYS", 2)
    counters, window = Counters(), Window(1, 60.0)
    for key in ("a", "b", "c"):
        assert counters.take("rule", key, window, 1.0).allowed
    assert counters.take("rule", "a", window, 1.0).allowed
    assert not counters.take("rule", "c", window, 1.0).allowed


def test_a_gauge_that_is_empty_costs_nothing() -> None:
    counters, window = Counters(), Window(1, 0.0)
    for key in map(str, range(100)):
        assert counters.take("gauge", key, window, 1.0).allowed
        counters.leave("gauge", key)
        counters.leave("gauge", key)
        counters.take("gauge", key, Window(0, 0.0), 1.0)
    assert not counters._gauges
