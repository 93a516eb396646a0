"""The contract of the port ``Outgoing``."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from posthouse.adapters.outgoing.database import DAY_SECONDS, OutgoingDatabase
from posthouse.foundation.ids import AccountId

ALICE, BOB = AccountId(b"a" * 16), AccountId(b"b" * 16)
NOW = 1_800_000_000.0


@pytest.fixture
async def outgoing(tmp_path: Path) -> AsyncIterator[OutgoingDatabase]:
    made = OutgoingDatabase(tmp_path / "outgoing.db")
    yield made
    await asyncio.to_thread(made.stop)


async def test_replies_to_one_correspondent_in_any_day(outgoing: OutgoingDatabase) -> None:
    assert await outgoing.reply(ALICE, "eve@x.example", 2, NOW)
    assert await outgoing.reply(ALICE, "eve@x.example", 2, NOW + 10)
    assert not await outgoing.reply(ALICE, "eve@x.example", 2, NOW + DAY_SECONDS - 1)
    assert await outgoing.reply(ALICE, "fred@x.example", 2, NOW + 20)
    assert await outgoing.reply(BOB, "eve@x.example", 2, NOW + 20)
    assert await outgoing.reply(ALICE, "eve@x.example", 2, NOW + DAY_SECONDS)


async def test_replies_are_remembered_when_the_process_is_another(tmp_path: Path) -> None:
    for allowed in (True, False):
        made = OutgoingDatabase(tmp_path / "outgoing.db")
        assert await made.reply(ALICE, "eve@x.example", 1, NOW) is allowed
        await asyncio.to_thread(made.stop)
