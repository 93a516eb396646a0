"""The contract of the guard: in the keeper's own process, and as workers reach it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.offices import neighbour_of

from posthouse.adapters.guard.database import KNOWN_SECONDS, TRIED_SECONDS, GuardDatabase
from posthouse.adapters.rpc.client import remote
from posthouse.filters.guard.counting import Rules
from posthouse.filters.guard.naming import networks_of
from posthouse.ports.guard import Attempt, Blocked, Guard, Standing

RULES = Rules(address=3, network=6, account=9, window_seconds=600, block_seconds=60, longest_seconds=1_000)
NOW = 1_800_000_000.0
FREE = Standing()


def attempt(account: str = "alice@example.test", address: str = "192.0.2.1") -> Attempt:
    networks = networks_of(address)
    assert networks is not None
    return Attempt(address, *networks, account)


@pytest.fixture(params=["local", "remote"])
async def guard(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Guard]:
    database = GuardDatabase(tmp_path / "guard.db")
    if request.param == "local":
        yield database
    else:
        async with neighbour_of(tmp_path, {"guard": (Guard, database)}) as neighbour:
            yield remote("guard", Guard, neighbour)  # type: ignore[type-abstract]
    await asyncio.to_thread(database.stop)


async def fail(guard: Guard, who: Attempt, *secrets: bytes, now: float = NOW) -> Standing:
    """Fail with each secret; how the last one stands."""
    standing = FREE
    for secret in secrets:
        standing = await guard.failed(who, secret, RULES, now)
    return standing


async def test_an_address_that_fails_too_often_is_blocked_for_a_while(guard: Guard) -> None:
    assert await fail(guard, attempt(), b"1", b"2") == FREE
    assert await fail(guard, attempt("bob@example.test"), b"3") == Standing(Blocked.ADDRESS, 60, begins=True)
    for who in (attempt(), attempt("carol@example.test")):
        assert await guard.standing(who, NOW + 20) == Standing(Blocked.ADDRESS, 40)
        assert await guard.failed(who, b"4", RULES, NOW + 20) == Standing(Blocked.ADDRESS, 40)
        assert await guard.succeeded(who, NOW + 20, strong=True) == Standing(Blocked.ADDRESS, 40)
    assert await guard.standing(attempt(address="192.0.2.2"), NOW) == FREE
    assert await guard.succeeded(attempt(), NOW + 61, strong=False) == FREE


async def test_the_same_wrong_secret_is_one_failure(guard: Guard) -> None:
    for minute in range(100):
        assert await guard.failed(attempt(), b"old", RULES, NOW + 60 * minute) == FREE
    late = NOW + 6_000 + TRIED_SECONDS
    assert await fail(guard, attempt(), b"old", b"old", b"other", now=late) == FREE
    assert (await fail(guard, attempt(), b"third", now=late)).begins


async def test_a_whole_network_is_blocked(guard: Guard) -> None:
    for number in range(5):
        assert await fail(guard, attempt(address=f"192.0.2.{number}"), b"%d" % number) == FREE
    assert await fail(guard, attempt(address="192.0.2.77"), b"x") == Standing(Blocked.NETWORK, 60, begins=True)
    assert (await guard.standing(attempt(address="192.0.2.200"), NOW)).blocked is Blocked.NETWORK
    assert await guard.standing(attempt(address="192.0.3.1"), NOW) == FREE


async def test_an_account_that_everybody_guesses_is_blocked_for_strangers_only(guard: Guard) -> None:
    home = attempt(address="198.51.100.7")
    assert await guard.succeeded(home, NOW, strong=False) == FREE
    for number in range(9):
        standing = await fail(guard, attempt(address=f"10.0.{number}.1"), b"%d" % number)
    assert standing == Standing(Blocked.ACCOUNT, 60, begins=True)
    assert (await guard.standing(attempt(address="10.9.9.9"), NOW)).blocked is Blocked.ACCOUNT
    assert await guard.standing(attempt("bob@example.test", "10.9.9.9"), NOW) == FREE
    assert await guard.succeeded(home, NOW + 1, strong=False) == FREE
    phone = attempt(address="10.9.9.8")
    assert (await guard.succeeded(phone, NOW + 1, strong=False)).blocked is Blocked.ACCOUNT
    assert await guard.succeeded(phone, NOW + 1, strong=True) == FREE
    assert await guard.succeeded(phone, NOW + 1, strong=False) == FREE, "and now it is known"


async def test_who_guesses_on_at_a_blocked_account_is_blocked_too(guard: Guard) -> None:
    for number in range(9):
        await fail(guard, attempt(address=f"10.0.{number}.1"), b"%d" % number)
    stranger = attempt(address="10.9.9.9")
    assert (await fail(guard, stranger, b"a", b"b")).blocked is Blocked.ACCOUNT
    assert await fail(guard, stranger, b"c") == Standing(Blocked.ADDRESS, 60, begins=True)
    assert (await guard.standing(attempt("bob@example.test", "10.9.9.9"), NOW)).blocked is Blocked.ADDRESS


async def test_colleagues_behind_one_address_go_on(guard: Guard) -> None:
    for name in ("alice", "bob"):
        await guard.succeeded(attempt(f"{name}@example.test"), NOW, strong=False)
    await fail(guard, attempt("carol@example.test"), b"1", b"2", b"3")
    assert (await guard.standing(attempt("carol@example.test"), NOW + 1)).blocked is Blocked.ADDRESS
    for name in ("alice", "bob"):
        assert await guard.succeeded(attempt(f"{name}@example.test"), NOW + 1, strong=False) == FREE
    late = NOW + KNOWN_SECONDS + 2
    await fail(guard, attempt("carol@example.test"), b"4", b"5", b"6", now=late)
    assert (await guard.standing(attempt(), late)).blocked is Blocked.ADDRESS, "nobody is known for ever"


async def test_a_known_client_that_guesses_hurts_nobody_and_a_strong_secret_passes(guard: Guard) -> None:
    await guard.succeeded(attempt(), NOW, strong=True)
    standing = await fail(guard, attempt(), *(b"%d" % number for number in range(RULES.network)))
    assert standing == Standing(Blocked.PAIR, 60, begins=True)
    assert (await guard.succeeded(attempt(), NOW + 1, strong=False)).blocked is Blocked.PAIR
    assert await guard.succeeded(attempt(), NOW + 1, strong=True) == FREE
    assert await guard.standing(attempt("bob@example.test"), NOW + 1) == FREE


async def test_blocks_by_hand(guard: Guard) -> None:
    await guard.succeeded(attempt(), NOW, strong=True)
    await guard.add("192.0.2.0/28", 0.0)
    await guard.add("2001:db8::/32", NOW + 10)
    assert await guard.succeeded(attempt(), NOW, strong=True) == Standing(Blocked.HAND)
    assert await guard.standing(attempt(address="2001:db8:9::1"), NOW) == Standing(Blocked.HAND, 10)
    assert await guard.standing(attempt(address="2001:db8:9::1"), NOW + 11) == FREE
    assert [(block.kind, block.subject, block.until) for block in await guard.blocks(NOW)] == [
        (Blocked.HAND, "192.0.2.0/28", 0.0),
        (Blocked.HAND, "2001:db8::/32", NOW + 10),
    ]
    assert await guard.remove("192.0.2.0/28") == 1
    assert await guard.remove("192.0.2.0/28") == 0
    assert await guard.standing(attempt(), NOW) == FREE


async def test_blocks_are_listed_and_lifted(guard: Guard) -> None:
    await fail(guard, attempt(), b"1", b"2", b"3")
    await fail(guard, attempt("bob@example.test", "198.51.100.1"), b"1", b"2", b"3")
    found = await guard.blocks(NOW)
    assert [(block.kind, block.subject) for block in found] == [
        (Blocked.ADDRESS, "192.0.2.1/32"),
        (Blocked.ADDRESS, "198.51.100.1/32"),
    ]
    assert await guard.remove("192.0.2.0/24") == 2, "the address, and what was counted for the network"
    assert await guard.standing(attempt(), NOW) == FREE
    assert (await guard.standing(attempt(address="198.51.100.1"), NOW)).blocked is Blocked.ADDRESS
    assert await guard.remove("bob@example.test") == 1
    assert await guard.blocks(NOW + 61) == []


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    database = GuardDatabase(tmp_path / "guard.db")
    await fail(database, attempt(), b"1", b"2")
    await asyncio.to_thread(database.stop)
    database = GuardDatabase(tmp_path / "guard.db")
    assert (await fail(database, attempt(), b"1", b"2", b"3")).begins
    await asyncio.to_thread(database.stop)
