"""Every account store in turn, with Alice's account in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.account_stores import ADAPTERS, ALICE
from tests.support.fakes import FakeClock

from posthouse.model.mailbox import SpecialUse
from posthouse.ports.account_store import AccountStore


@pytest.fixture
def account_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=ADAPTERS)
async def accounts(request: pytest.FixtureRequest, tmp_path: Path, account_clock: FakeClock) -> AsyncIterator[AccountStore]:
    async with ADAPTERS[request.param](tmp_path, account_clock) as made:
        await made.create(ALICE, "person", [("Sent", SpecialUse.SENT), ("Junk", SpecialUse.JUNK)])
        yield made
        assert await made.verify(ALICE) == []
