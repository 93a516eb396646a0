"""Who may connect."""

import msgspec
import pytest
from tests.support.fakes import FakeClock

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.limiter import MemoryLimiter
from posthouse.foundation.errors import LimitReached
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS, CONNECTIONS_PER_MINUTE, CONNECTIONS_TOTAL
from posthouse.services.connections import Connections
from posthouse.services.settings import Settings

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Door:
    """Two connections of an address at once, four a minute, ten of the worker."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.directory = MemoryDirectory(MemoryBus())
        self.settings = Settings(self.directory)
        self.connections = Connections(MemoryLimiter(self.clock), self.settings)

    async def set(self, values: dict[str, object]) -> None:
        for key, value in values.items():
            await self.directory.put_setting("system", key, msgspec.json.encode(value))
        await self.settings.refresh()


@pytest.fixture
async def door() -> Door:
    made = Door()
    await made.set({CONNECTIONS_PER_ADDRESS.key: 2, CONNECTIONS_PER_MINUTE.key: 4, CONNECTIONS_TOTAL.key: 10})
    return made


async def test_no_more_of_one_address_at_once(door: Door) -> None:
    leave = await door.connections.enter(HERE)
    await door.connections.enter(HERE)
    with pytest.raises(LimitReached, match="at once"):
        await door.connections.enter(HERE)
    await door.connections.enter(THERE)
    await leave()
    await door.connections.enter(HERE)


async def test_no_more_of_one_address_in_a_minute(door: Door) -> None:
    for _ in range(4):
        await (await door.connections.enter(HERE))()
    with pytest.raises(LimitReached, match=r"192\.0\.2\.1: try again in 60 s"):
        await door.connections.enter(HERE)
    await door.connections.enter(THERE)
    door.clock.advance(60)
    await door.connections.enter(HERE)


async def test_an_office_that_signs_in_is_not_limited_by_the_minute(door: Door) -> None:
    for _ in range(20):
        await (await door.connections.enter(HERE))(signed_in=True)
    for _ in range(4):
        await (await door.connections.enter(HERE))()
    with pytest.raises(LimitReached, match="try again"):
        await door.connections.enter(HERE)


async def test_who_is_refused_takes_no_place(door: Door) -> None:
    leaves = [await door.connections.enter(HERE) for _ in range(2)]
    for _ in range(2):
        with pytest.raises(LimitReached):
            await door.connections.enter(HERE)
    door.clock.advance(60)
    for leave in leaves:
        await leave()
    for _ in range(2):
        await door.connections.enter(HERE)


async def test_a_worker_is_full_at_its_own_limit(door: Door) -> None:
    full = []
    for door.connections.open in (0, 9, 10, 11):
        full.append(door.connections.full)
    assert full == [False, False, True, True]


async def test_settings_take_effect_at_once(door: Door) -> None:
    before = door.connections.limited
    await door.set({CONNECTIONS_LIMITED.key: False, CONNECTIONS_TOTAL.key: 20, CONNECTIONS_PER_ADDRESS.key: 1})
    assert (before, door.connections.limited) == (True, False)
    door.connections.open = 10
    assert not door.connections.full
    await door.connections.enter(HERE)
    with pytest.raises(LimitReached):
        await door.connections.enter(HERE)
