"""Text search over accounts in PostgreSQL finds what the contract of searching says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ports.test_text_search import *  # noqa: F403 - every test of the contract
from tests.ports.test_text_search import MESSAGES, House
from tests.support.fakes import FakeClock
from tests.support.postgres import PostgresServer, postgres_store

from posthouse.bootstrap.storage import text_search
from posthouse.protocols.imap.projections.registry import PROJECTIONS

del test_texts_that_were_never_made_are_made  # noqa: F821 - it opens SQLite's files


@pytest.fixture  # type: ignore[no-redef]  # instead of that of the contract
async def house(postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[House]:
    async with postgres_store(postgres, tmp_path, FakeClock(), projections=PROJECTIONS) as store:
        made = House(store, text_search(store))
        await made.fill(MESSAGES)
        yield made
