"""When failures become a block."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posthouse.filters.guard.counting import FORGIVEN_SECONDS, Rules, Tally, after_failure

RULES = Rules(3, 10, 20, 600, 60, 200)
NOW = 1_800_000_000.0


def test_the_last_one_allowed_begins_a_block_and_each_lasts_longer() -> None:
    tally, now, lasted = Tally(), NOW, []
    for _ in range(4):
        for failures in (1, 2):
            tally = after_failure(tally, 3, RULES, now)
            assert (tally.failures, tally.until <= now) == (failures, True)
        tally = after_failure(tally, 3, RULES, now)
        lasted.append(tally.until - now)
        now = tally.until
    assert lasted == [60, 120, 200, 200]


def test_old_failures_and_old_blocks_are_forgotten() -> None:
    tally = after_failure(after_failure(Tally(), 3, RULES, NOW), 3, RULES, NOW + 600)
    assert tally.failures == 2
    assert after_failure(tally, 3, RULES, NOW + 601).failures == 1
    blocked = Tally(2, NOW, 5, NOW)
    assert after_failure(blocked, 3, RULES, NOW).until == NOW + 200
    later = NOW + FORGIVEN_SECONDS + 1
    assert after_failure(replace(blocked, since=later), 3, RULES, later).until == later + 60


@given(st.lists(st.integers(-1_000, 1_000), max_size=40), st.integers(1, 5))
def test_no_block_is_longer_than_the_longest_and_nothing_overflows(steps: list[int], limit: int) -> None:
    tally, now = Tally(blocks=1_000), NOW
    for step in steps:
        now += step
        tally = after_failure(tally, limit, RULES, now)
        assert 0 <= tally.failures < limit
        assert tally.until <= max(now, NOW + sum(max(0, each) for each in steps)) + RULES.longest_seconds
