"""Which worker owns an account."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.cluster.placement import owner_slot

ACCOUNTS = [number.to_bytes(16, "big") for number in range(4_000)]


@given(st.binary(min_size=16, max_size=16), st.integers(1, 64))
def test_every_account_has_one_owner(account_id: bytes, slots: int) -> None:
    slot = owner_slot(account_id, slots)
    assert 0 <= slot < slots
    assert owner_slot(account_id, slots) == slot


@pytest.mark.parametrize("slots", [2, 3, 8])
def test_accounts_are_shared_out_evenly(slots: int) -> None:
    counts = Counter(owner_slot(account, slots) for account in ACCOUNTS)
    assert len(counts) == slots
    assert max(counts.values()) < 1.15 * len(ACCOUNTS) / slots


@pytest.mark.parametrize("slots", [1, 2, 3, 7])
def test_one_slot_more_takes_its_share_and_moves_nobody_else(slots: int) -> None:
    moved = 0
    for account in ACCOUNTS:
        before, after = owner_slot(account, slots), owner_slot(account, slots + 1)
        if before != after:
            assert after == slots, "who moves, moves to the new slot"
            moved += 1
    assert abs(moved - len(ACCOUNTS) / (slots + 1)) < 0.15 * len(ACCOUNTS) / (slots + 1)


def test_owners_are_the_same_for_ever() -> None:
    """Every process of every version must agree: these numbers are never to change."""
    assert [owner_slot(account, 5) for account in ACCOUNTS[:12]] == [4, 0, 4, 3, 0, 0, 4, 3, 3, 1, 3, 1]
