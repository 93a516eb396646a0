"""The timer that notes changed accounts."""

import asyncio

import pytest
from tests.support.waiting import eventually

from posthouse.adapters.sql.sqlite.accounts import noting
from posthouse.adapters.sql.sqlite.accounts.noting import Noting
from posthouse.foundation.ids import AccountId

ALICE, BOB = AccountId(b"alice-alice-alic"), AccountId(b"bob-bob-bob-bob-")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "NOTE_SECONDS", 0.0)


async def test_an_account_is_noted_once_however_often_it_changes() -> None:
    noted: list[AccountId] = []
    accounts = Noting(noted.append)
    for account_id in (ALICE, BOB, ALICE):
        accounts.changed(account_id)
    assert noted == []
    await eventually(lambda: len(noted) >= 2)
    assert sorted(noted) == [ALICE, BOB]
    accounts.changed(BOB)
    await eventually(lambda: len(noted) >= 3)
    assert noted[2] == BOB


async def test_nothing_is_noted_once_it_is_stopped() -> None:
    noted: list[AccountId] = []
    accounts = Noting(noted.append)
    accounts.changed(ALICE)
    accounts.stop()
    await asyncio.sleep(0.01)
    assert noted == []
