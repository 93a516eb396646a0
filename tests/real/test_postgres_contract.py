"""The contract of the account store, over a real PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ports.test_account_store import *  # noqa: F403 - every test of the contract, and the fixtures they share
from tests.ports.test_account_store_sharing import *  # noqa: F403
from tests.ports.test_account_store_viewers import *  # noqa: F403
from tests.support.account_stores import ALICE
from tests.support.fakes import FakeClock
from tests.support.postgres import PostgresServer, postgres_store

from posthouse.model.mailbox import SpecialUse
from posthouse.ports.account_store import AccountStore


@pytest.fixture
def account_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def accounts(postgres: PostgresServer, tmp_path: Path, account_clock: FakeClock) -> AsyncIterator[AccountStore]:
    async with postgres_store(postgres, tmp_path, account_clock) as made:
        await made.create(ALICE, "person", [("Sent", SpecialUse.SENT), ("Junk", SpecialUse.JUNK)])
        yield made
        assert await made.verify(ALICE) == []
