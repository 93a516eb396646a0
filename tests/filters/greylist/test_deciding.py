"""When a sender is known, and the names it is remembered by."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.greylist.deciding import Meeting, Rules, Standing, meet
from posthouse.filters.greylist.naming import network_of, sender_of

RULES = Rules(delay_seconds=60, retry_seconds=1_000, keep_seconds=10_000)


def story(*times: float) -> list[Standing]:
    meeting: Meeting | None = None
    told = []
    for now in times:
        meeting, standing = meet(meeting, now, RULES)
        told.append(standing)
    return told


def test_who_comes_back_in_time_is_known() -> None:
    assert story(0, 10, 60, 61, 9_000, 18_000) == [
        Standing.UNKNOWN,
        Standing.EARLY,
        Standing.RETURNED,
        Standing.KNOWN,
        Standing.KNOWN,
        Standing.KNOWN,
    ]


def test_who_comes_too_late_begins_anew() -> None:
    assert story(0, 1_001, 1_062) == [Standing.UNKNOWN, Standing.UNKNOWN, Standing.RETURNED]


def test_who_has_not_written_for_long_begins_anew() -> None:
    assert story(0, 60, 10_061, 10_121) == [Standing.UNKNOWN, Standing.RETURNED, Standing.UNKNOWN, Standing.RETURNED]


def test_a_clock_set_back_begins_anew() -> None:
    assert story(500, 100) == [Standing.UNKNOWN, Standing.UNKNOWN]


@given(st.lists(st.floats(0, 500), min_size=1, max_size=20))
def test_nobody_is_known_before_the_delay(steps: list[float]) -> None:
    now, times = 0.0, []
    for step in steps:
        now += step
        times.append(now)
    for at, standing in zip(times, story(*times), strict=True):
        if standing in {Standing.KNOWN, Standing.RETURNED}:
            assert at - times[0] >= RULES.delay_seconds


def test_networks() -> None:
    assert network_of("192.0.2.99") == network_of("192.0.2.1") == "192.0.2.0/24"
    assert network_of("::ffff:192.0.2.99") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::7") == "2001:db8:1:2::/64"
    assert network_of("nobody") == "nobody"


def test_senders_that_change_are_one() -> None:
    assert sender_of("bounce-2026-11-25@list.example") == sender_of("bounce-2027-1-2@list.example")
    assert sender_of("v+deadbeefcafe1234@shop.example") == sender_of("v+0123456789abcdef@shop.example")
    assert sender_of("alice@example.org") == "alice@example.org"
    assert sender_of("alice@2nd.example") == "alice@2nd.example"
