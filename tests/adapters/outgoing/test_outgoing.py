"""The contract of the port ``Outgoing``."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from posthouse.adapters.outgoing.database import KNOWN_SECONDS, OutgoingDatabase, account_subject
from posthouse.filters.brakes.counting import DAY as DAY_SECONDS
from posthouse.foundation.ids import AccountId
from posthouse.ports.outgoing import Allowance, Sending, Signs

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


def wish(*names: str, account: AccountId = ALICE, network: str = "192.0.2.0/24") -> Sending:
    return Sending(account, tuple(f"{name}@x.example" for name in names), network)


def limit(window: str, most: int, subject: str = account_subject(ALICE)) -> Allowance:
    return Allowance(subject, window, most)


async def test_an_allowance_is_spent_and_frees_by_itself(outgoing: OutgoingDatabase) -> None:
    limits = [limit("minute", 3), limit("hour", 4)]
    assert (await outgoing.spend(wish("a", "b"), limits, NOW)).exhausted is None
    spent = (await outgoing.spend(wish("c", "d"), limits, NOW + 5)).exhausted
    assert spent is not None
    assert (spent.allowance, spent.used) == (limits[0], 2)
    assert NOW + 60 <= spent.frees_at <= NOW + 75
    assert (await outgoing.spend(wish("c"), limits, NOW + 10)).exhausted is None
    assert (await outgoing.spend(wish("d"), limits, spent.frees_at)).exhausted is None
    hour = (await outgoing.spend(wish("e"), limits, NOW + 200)).exhausted
    assert hour is not None
    assert hour.allowance == limits[1]
    assert [usage.used for usage in await outgoing.usage(limits, NOW + 200)] == [0, 4]


async def test_limits_of_many_together(outgoing: OutgoingDatabase) -> None:
    domain = limit("day", 3, "domain:example.test")
    assert (await outgoing.spend(wish("a", "b"), [domain], NOW)).exhausted is None
    full = (await outgoing.spend(wish("a", "b", account=BOB), [limit("day", 9, account_subject(BOB)), domain], NOW)).exhausted
    assert full is not None
    assert full.allowance == domain
    assert (await outgoing.usage([limit("day", 9, account_subject(BOB))], NOW))[0].used == 0
    assert (await outgoing.spend(wish("a", account=BOB), [domain], NOW + 1)).exhausted is None


async def test_first_time_recipients(outgoing: OutgoingDatabase) -> None:
    limits = [limit("new", 2)]
    assert (await outgoing.spend(wish("a", "a", "b"), limits, NOW)).signs == Signs(new=2)
    assert (await outgoing.spend(wish("a", "b"), limits, NOW + 10)).exhausted is None
    assert (await outgoing.spend(wish("a", "c"), limits, NOW + 10)).exhausted is not None
    assert (await outgoing.spend(wish("a", account=BOB), [], NOW + 10)).signs == Signs(new=1)
    later = NOW + KNOWN_SECONDS + 20
    assert (await outgoing.spend(wish("a"), limits, later)).signs == Signs(new=1)


async def test_signs_of_other_hands(outgoing: OutgoingDatabase) -> None:
    assert await outgoing.failed(ALICE, 3, NOW) == Signs(failures=3)
    for number in range(4):
        first = await outgoing.spend(wish("a", network=f"192.0.{number}.0/24"), [], NOW)
    assert first.signs == Signs(1, 3, 0)
    for number in range(3):
        then = await outgoing.spend(wish("a", network=f"198.51.{number}.0/24"), [], NOW + DAY_SECONDS)
    assert then.signs == Signs(0, 0, 3)
    await outgoing.failed(ALICE, 5, NOW + DAY_SECONDS)
    await outgoing.forget(ALICE)
    assert await outgoing.failed(ALICE, 1, NOW + DAY_SECONDS) == Signs(failures=1)
