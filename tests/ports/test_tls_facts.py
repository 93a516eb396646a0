"""What every store of TLS results and of MTA-STS policies must do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.fakes import FakeClock
from tests.support.offices import neighbour_of

from posthouse.adapters.memory.tls.policies import MemoryStsPolicies
from posthouse.adapters.memory.tls.results import MemoryTlsResults
from posthouse.adapters.rpc.client import remote
from posthouse.adapters.tls.database import KEEP_SECONDS, TlsDatabase
from posthouse.ports.sts_policies import KeptPolicy, StsPolicies
from posthouse.ports.tls_results import TlsCount, TlsResults, TlsSession


@dataclass
class Stores:
    results: TlsResults
    policies: StsPolicies


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Stores]:
    made = TlsDatabase(folder / "tls.db", FakeClock())
    yield Stores(made, made)
    await asyncio.to_thread(made.stop)


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[Stores]:
    yield Stores(MemoryTlsResults(), MemoryStsPolicies())


@asynccontextmanager
async def far(folder: Path) -> AsyncIterator[Stores]:
    async with database(folder) as stores:
        offered = {"tls_results": (TlsResults, stores.results), "sts_policies": (StsPolicies, stores.policies)}
        async with neighbour_of(folder, offered) as neighbour:
            yield Stores(
                remote("tls_results", TlsResults, neighbour),  # type: ignore[type-abstract]
                remote("sts_policies", StsPolicies, neighbour),  # type: ignore[type-abstract]
            )


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stores]]] = {"database": database, "memory": memory, "remote": far}


@pytest.fixture(params=STORES)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    async with STORES[request.param](tmp_path) as made:
        yield made


GOOD = TlsSession("sts", "a.example", "mx.a.example", "", "192.0.2.1", "version: STSv1")
BAD = TlsSession("sts", "a.example", "mx.a.example", "certificate-expired", "192.0.2.1", "version: STSv1")
OTHER = TlsSession("tlsa", "b.example")


async def test_counts_add_up_by_day_and_kind(stores: Stores) -> None:
    await stores.results.add([TlsCount("2026-11-25", GOOD, 2), TlsCount("2026-11-25", BAD, 1), TlsCount("2026-11-24", GOOD, 5)])
    await stores.results.add([TlsCount("2026-11-25", GOOD, 3), TlsCount("2026-11-25", OTHER, 1)])
    found = await stores.results.of_day("2026-11-25")
    assert found == [TlsCount("2026-11-25", GOOD, 5), TlsCount("2026-11-25", BAD, 1), TlsCount("2026-11-25", OTHER, 1)]
    assert await stores.results.of_day("2026-11-24") == [TlsCount("2026-11-24", GOOD, 5)]
    assert await stores.results.of_day("2026-11-23") == []


async def test_domains_come_in_pages(stores: Stores) -> None:
    await stores.results.add([TlsCount("2026-11-25", session, 1) for session in (OTHER, GOOD, BAD)])
    assert {one.session.policy_domain for one in await stores.results.of_day("2026-11-25", domains=1)} == {"a.example"}
    assert [one.session for one in await stores.results.of_day("2026-11-25", "a.example")] == [OTHER]


async def test_a_policy_takes_the_place_of_the_one_before(stores: Stores) -> None:
    assert await stores.policies.get("a.example") is None
    for number in (1, 2):
        kept = KeptPolicy("a.example", f"id{number}", "version: STSv1\r\n", 1_700_000_000.0, 1_700_086_400.0)
        await stores.policies.put(kept)
        assert await stores.policies.get("a.example") == kept


async def test_what_is_long_past_is_forgotten(tmp_path: Path) -> None:
    async with database(tmp_path) as stores:
        await stores.results.add([TlsCount("2026-01-01", GOOD, 1)])
        await stores.results.add([TlsCount("2026-11-25", GOOD, 1)])
        assert await stores.results.of_day("2026-01-01") == []
        now = FakeClock().now()
        old = KeptPolicy("old.example", "1", "", now - 3 * KEEP_SECONDS, now - 2 * KEEP_SECONDS)
        await stores.policies.put(old)
        await stores.policies.put(KeptPolicy("new.example", "1", "", now, now))
        assert await stores.policies.get("old.example") is None
        assert await stores.policies.get("new.example") is not None
