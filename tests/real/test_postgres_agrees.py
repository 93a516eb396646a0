"""The store in PostgreSQL and the one in memory answer alike over random histories."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ports.test_account_stores_agree import compare, operations
from tests.support.account_stores import ADAPTERS, OpenStore
from tests.support.postgres import PostgresServer, postgres_store


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(history=st.lists(operations, min_size=8, max_size=40))
def test_random_histories_end_alike(postgres: PostgresServer, history: list[tuple[Any, ...]]) -> None:
    adapters: dict[str, OpenStore] = {"memory": ADAPTERS["memory"], "postgres": partial(postgres_store, postgres)}
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(compare(history, Path(directory), adapters))
