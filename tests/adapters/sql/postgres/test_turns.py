"""Changes of one account wait for each other, those of others do not, and nothing is left of those that are done."""

import asyncio

import pytest

from posthouse.adapters.sql.postgres.accounts import turns
from posthouse.adapters.sql.postgres.accounts.turns import Turns
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId

A, B = AccountId(b"a" * 16), AccountId(b"b" * 16)


async def test_first_come_first_served_for_each_account_by_itself() -> None:
    waiting, said = Turns(), list[str]()
    gate = asyncio.Event()

    async def change(account: AccountId, name: str) -> None:
        async with waiting.turn(account):
            said.append(name)
            if account == A:
                await gate.wait()

    tasks = [asyncio.create_task(change(account, name)) for account, name in ((A, "a1"), (A, "a2"), (B, "b1"), (A, "a3"))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert said == ["a1", "b1"]
    tasks[1].cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert said == ["a1", "b1", "a3"]
    assert waiting._waiting == {}


async def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PENDING", 1)
    waiting = Turns()
    async with waiting.turn(A):
        with pytest.raises(Unavailable):
            async with waiting.turn(A):
                pass
        async with waiting.turn(B):
            pass
    async with waiting.turn(A):
        pass
