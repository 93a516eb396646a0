"""The contract of the greylist: every adapter remembers alike."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from posthouse.adapters.greylist.database import GreylistDatabase
from posthouse.adapters.greylist.local import LocalGreylist
from posthouse.filters.greylist.deciding import Rules
from posthouse.ports.greylist import Encounter, Greylist

RULES = Rules(delay_seconds=60, retry_seconds=1_000, keep_seconds=100_000)
EVE = Encounter("192.0.2.0/24", "eve@elsewhere.example", "alice@example.test")
NOW = 1_800_000_000.0


@pytest.fixture(params=["local", "database"])
async def greylist(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Greylist]:
    if request.param == "local":
        yield LocalGreylist()
        return
    database = GreylistDatabase(tmp_path / "state.db")
    yield database
    await asyncio.to_thread(database.stop)


async def test_a_stranger_comes_back(greylist: Greylist) -> None:
    first = await greylist.meet(EVE, RULES, NOW)
    assert (first.known, first.retry_after) == (False, 60)
    early = await greylist.meet(EVE, RULES, NOW + 20)
    assert (early.known, early.retry_after) == (False, 40)
    assert (await greylist.meet(EVE, RULES, NOW + 60)).known
    assert (await greylist.meet(EVE, RULES, NOW + 90_000)).known


async def test_then_its_domain_is_known_from_that_network(greylist: Greylist) -> None:
    await greylist.meet(EVE, RULES, NOW)
    await greylist.meet(EVE, RULES, NOW + 60)
    adam = Encounter("192.0.2.0/24", "adam@elsewhere.example", "bob@example.test")
    assert (await greylist.meet(adam, RULES, NOW + 61)).known
    elsewhere = Encounter("198.51.100.0/24", "adam@elsewhere.example", "bob@example.test")
    assert not (await greylist.meet(elsewhere, RULES, NOW + 61)).known
    assert not (await greylist.meet(adam, RULES, NOW + 61 + RULES.keep_seconds + 3_600)).known


async def test_the_null_sender_is_known_for_its_recipient_only(greylist: Greylist) -> None:
    bounce = Encounter("192.0.2.0/24", "", "alice@example.test")
    await greylist.meet(bounce, RULES, NOW)
    assert (await greylist.meet(bounce, RULES, NOW + 60)).known
    assert not (await greylist.meet(Encounter("192.0.2.0/24", "", "bob@example.test"), RULES, NOW + 61)).known


async def test_whom_we_have_written_to_may_answer(greylist: Greylist) -> None:
    await greylist.written("alice@example.test", ["eve@elsewhere.example", "carol@third.example"], NOW)
    assert (await greylist.meet(EVE, RULES, NOW + 1)).known
    assert not (await greylist.meet(Encounter(EVE.network, EVE.sender, "bob@example.test"), RULES, NOW + 1)).known
    assert not (await greylist.meet(EVE, RULES, NOW + RULES.keep_seconds + 10)).known


async def test_it_outlives_a_restart_and_forgets_what_is_old(tmp_path: Path) -> None:
    for now, known in ((NOW, False), (NOW + 60, True)):
        database = GreylistDatabase(tmp_path / "state.db")
        assert (await database.meet(EVE, RULES, now)).known is known
        await asyncio.to_thread(database.stop)
    database = GreylistDatabase(tmp_path / "state.db")
    late = NOW + 60 + RULES.keep_seconds + 1
    await database.meet(Encounter("203.0.113.0/24", "x@y.example", "bob@example.test"), RULES, late)
    rows = await database._file.run(lambda db: db.execute("SELECT count(*) FROM meeting").fetchone())
    assert rows == (1,)
    await asyncio.to_thread(database.stop)
