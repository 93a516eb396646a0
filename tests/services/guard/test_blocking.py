"""Blocks as administrators see them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.fakes import FakeClock

from posthouse.adapters.audit.memory import MemoryAudit
from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.filters.guard.counting import Rules
from posthouse.filters.guard.naming import networks_of
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.ports.guard import Attempt, Blocked
from posthouse.services.audit.recording import Recorder
from posthouse.services.guard.blocking import Blocks
from posthouse.services.settings import Settings

OPERATOR = Principal(AccountId(bytes(16)), "root", Role.OPERATOR)
SOMEBODY = Principal(AccountId(bytes(16)), "alice@example.test")


class Office:
    """Blocks over a guard."""

    def __init__(self, path: Path) -> None:
        self.guard, self.clock = GuardDatabase(path), FakeClock()
        self.blocks = Blocks(self.guard, Settings(MemoryDirectory(MemoryBus())), self.clock, Recorder(MemoryAudit(), self.clock))

    async def fail(self, address: str, account: str = "alice@example.test", times: int = 2) -> None:
        networks = networks_of(address)
        assert networks is not None
        for number in range(times):
            rules = Rules(2, 4, 100, 600, 60, 600)
            await self.guard.failed(Attempt(address, *networks, account), b"%d" % number, rules, self.clock.now())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "guard.db")
    yield made
    await asyncio.to_thread(made.guard.stop)


async def test_by_hand(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert await office.blocks.add(OPERATOR, "192.0.2.77/24") == "192.0.2.0/24"
        assert await office.blocks.add(OPERATOR, "2001:db8::1", 60) == "2001:db8::1/128"
        check = await office.blocks.check(OPERATOR, "192.0.2.1")
        assert (check.counted, check.blocked, check.seconds) == (True, Blocked.HAND, 0)
        assert (await office.blocks.check(OPERATOR, "2001:db8::1")).seconds == 60
        assert (await office.blocks.check(OPERATOR, "192.0.3.1")).blocked is None
        assert await office.blocks.remove(OPERATOR, "192.0.2.0/24") == 1
    assert [block.subject for block in await office.blocks.all(OPERATOR)] == ["2001:db8::1/128"]
    assert [line for line in caplog.messages if "by root" in line] == caplog.messages
    assert len(caplog.messages) == 3


async def test_an_address_is_free_again_with_its_network(office: Office) -> None:
    for number in (1, 2):
        await office.fail(f"192.0.2.{number}")
    assert (await office.blocks.check(OPERATOR, "192.0.2.9")).blocked is Blocked.NETWORK
    assert await office.blocks.remove(OPERATOR, "192.0.2.1") == 3
    assert (await office.blocks.check(OPERATOR, "192.0.2.1")).blocked is None


async def test_an_account_is_free_again(office: Office) -> None:
    await office.fail("192.0.2.1", "Alice@example.test".casefold())
    assert await office.blocks.remove(OPERATOR, " Alice@Example.test ") == 1
    with pytest.raises(NotFound):
        await office.blocks.remove(OPERATOR, "alice@example.test")


async def test_the_machine_itself_is_not_counted(office: Office) -> None:
    check = await office.blocks.check(OPERATOR, "127.0.0.1")
    assert (check.counted, check.blocked) == (False, None)


@pytest.mark.parametrize("wrong", ["", "alice", "192.0.2.1/33", "0.0.0.0/0", "10.0.0.0/7", "::/0"])
async def test_what_cannot_be_blocked(office: Office, wrong: str) -> None:
    with pytest.raises(Invalid):
        await office.blocks.add(OPERATOR, wrong)


async def test_only_operators(office: Office) -> None:
    with pytest.raises(Invalid):
        await office.blocks.check(OPERATOR, "alice")
    for asked in (
        office.blocks.all(SOMEBODY),
        office.blocks.add(SOMEBODY, "192.0.2.1"),
        office.blocks.remove(SOMEBODY, "192.0.2.1"),
        office.blocks.check(SOMEBODY, "192.0.2.1"),
    ):
        with pytest.raises(NotPermitted):
            await asked
