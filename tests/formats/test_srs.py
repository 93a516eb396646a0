"""Sender addresses of forwarded mail: there and back, and nobody else's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.formats.srs import LIFE_DAYS, InvalidSrs, forwarded, is_srs, returned

KEY, OTHER = b"k" * 32, b"o" * 32
DAY = 20_782
ALICE = Address("alice", "example.org")
NAMES = st.text("abcXYZ019.+-_=", min_size=1, max_size=20)
DOMAINS = st.from_regex(r"[a-z]{1,8}\.[a-z]{2,5}", fullmatch=True)


def test_there_and_back() -> None:
    made = forwarded(ALICE, "forwarder.example", KEY, DAY)
    assert made.domain == "forwarder.example"
    assert made.local_part.startswith("SRS0=")
    assert made.local_part.endswith("=example.org=alice")
    assert returned(made.local_part, KEY, DAY) == ALICE


def test_twice_and_three_times_forwarded() -> None:
    first = forwarded(ALICE, "first.example", KEY, DAY)
    second = forwarded(first, "second.example", OTHER, DAY)
    third = forwarded(second, "third.example", KEY, DAY)
    for made, key in ((second, OTHER), (third, KEY)):
        assert made.local_part.startswith("SRS1=")
        assert returned(made.local_part, key, DAY) == first
    assert "second" not in third.local_part


def test_nobody_else_can_make_one() -> None:
    made = forwarded(ALICE, "forwarder.example", OTHER, DAY)
    with pytest.raises(InvalidSrs):
        returned(made.local_part, KEY, DAY)
    good = forwarded(ALICE, "forwarder.example", KEY, DAY).local_part
    with pytest.raises(InvalidSrs):
        returned(good.replace("alice", "carol"), KEY, DAY)


def test_it_lives_three_weeks() -> None:
    made = forwarded(ALICE, "forwarder.example", KEY, DAY)
    assert returned(made.local_part, KEY, DAY + LIFE_DAYS) == ALICE
    with pytest.raises(InvalidSrs):
        returned(made.local_part, KEY, DAY + LIFE_DAYS + 1)
    with pytest.raises(InvalidSrs):
        returned(made.local_part, KEY, DAY - 1)


@pytest.mark.parametrize("local_part", ["", "alice", "SRS0=", "SRS0=abc", "SRS1=abc=", "SRS0=a=b=c=d", "srs0=A=B"])
def test_what_is_none(local_part: str) -> None:
    with pytest.raises(InvalidSrs):
        returned(local_part, KEY, DAY)


@given(NAMES, DOMAINS, st.integers(0, 40_000), st.integers(0, LIFE_DAYS))
def test_every_sender_comes_back(name: str, domain: str, day: int, later: int) -> None:
    sender = Address(name, domain)
    made = forwarded(sender, "forwarder.example", KEY, day)
    assert is_srs(made.local_part)
    if not is_srs(name):
        assert returned(made.local_part, KEY, day + later) == sender
        # Some servers lose the case of local parts: the address still leads back, to the name as it is by then.
        assert returned(made.local_part.lower(), KEY, day + later) == Address(name.lower(), domain)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(local_part: str) -> None:
    with pytest.raises(InvalidSrs):
        returned(local_part, KEY, DAY)
