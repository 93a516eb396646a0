"""The contract of browser sessions and of steps: in the keeper's own process, and as others reach it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from tests.support.offices import neighbour_of

from posthouse.adapters.rpc.client import remote
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.foundation.ids import AccountId, CredentialId, SessionId
from posthouse.ports.signing_in.browser_sessions import BrowserSession, BrowserSessions
from posthouse.ports.signing_in.steps import Step, Steps

NOW = 1_800_000_000.0
ALICE, BOB = AccountId(b"a" * 16), AccountId(b"b" * 16)
PASSWORD = CredentialId(b"p" * 16)


class Kept(NamedTuple):
    """Both ports."""

    sessions: BrowserSessions
    steps: Steps


@pytest.fixture(params=["local", "remote"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    database = SessionDatabase(tmp_path / "sessions.db")
    if request.param == "local":
        yield Kept(database, database)
    else:
        offers: dict[str, tuple[type, object]] = {"sessions": (BrowserSessions, database), "steps": (Steps, database)}
        async with neighbour_of(tmp_path, offers) as neighbour:
            yield Kept(
                remote("sessions", BrowserSessions, neighbour),  # type: ignore[type-abstract]
                remote("steps", Steps, neighbour),  # type: ignore[type-abstract]
            )
    await asyncio.to_thread(database.stop)


def session(number: int, account: AccountId = ALICE, at: float = NOW) -> BrowserSession:
    octets = number.to_bytes(16, "big")
    program, proofs = "Mozilla/5.0", ("password", "totp")
    return BrowserSession(SessionId(octets), octets * 2, account, at, at, at + 3_600, "192.0.2.1", program, proofs, PASSWORD)


async def test_a_session_is_found_by_its_key_until_its_time_is_over(kept: Kept) -> None:
    one = session(1)
    await kept.sessions.begin(one, 9)
    assert await kept.sessions.find(one.key, NOW) == one
    assert await kept.sessions.find(one.key, NOW + 3_599) == one
    assert await kept.sessions.find(one.key, one.until) is None
    assert await kept.sessions.find(b"another", NOW) is None


async def test_its_last_use_is_noted(kept: Kept) -> None:
    one, two = session(1), session(2)
    for each in (one, two):
        await kept.sessions.begin(each, 9)
    await kept.sessions.seen(one.key, "2001:db8::1", NOW + 60)
    await kept.sessions.seen(b"another", "2001:db8::1", NOW + 60)
    used = replace(one, seen_at=NOW + 60, address="2001:db8::1")
    assert await kept.sessions.of(ALICE, NOW) == [used, two]
    await kept.sessions.seen(one.key, one.address, NOW + 30)
    assert (await kept.sessions.of(ALICE, NOW))[0].seen_at == NOW + 60
    assert await kept.sessions.of(BOB, NOW) == []


async def test_one_more_than_there_may_be_ends_the_one_used_longest_ago(kept: Kept) -> None:
    for number in range(3):
        await kept.sessions.begin(session(number, at=NOW + number), 3)
    foreign = session(8, BOB, NOW - 9)
    await kept.sessions.begin(foreign, 3)
    await kept.sessions.seen(session(0).key, "", NOW + 5)
    await kept.sessions.begin(session(3, at=NOW - 5), 3)
    assert [each.id[-1] for each in await kept.sessions.of(ALICE, NOW)] == [0, 2, 3], "the new one stays, whatever its time"
    assert await kept.sessions.of(BOB, NOW) == [foreign]


async def test_only_what_is_the_accounts_own_is_ended(kept: Kept) -> None:
    mine, other, foreign = session(1), session(2), session(3, BOB)
    for each in (mine, other, foreign):
        await kept.sessions.begin(each, 9)
    assert await kept.sessions.end(ALICE, [mine.id, foreign.id]) == 1
    assert await kept.sessions.find(mine.key, NOW) is None
    assert await kept.sessions.find(other.key, NOW) == other
    assert await kept.sessions.find(foreign.key, NOW) == foreign
    assert await kept.sessions.end(ALICE, []) == 0


async def test_sessions_whose_time_is_over_leave_the_disk(kept: Kept) -> None:
    await kept.sessions.begin(session(1), 9)
    await kept.sessions.begin(session(2, BOB, NOW + 3_600), 9)
    assert await kept.sessions.of(ALICE, 0) == []


def step(name: bytes, account: AccountId = ALICE, until: float = NOW + 300) -> Step:
    return Step(name, account, b"value", until)


async def test_a_step_can_be_tried_so_often_and_used_once(kept: Kept) -> None:
    one = step(b"one")
    assert await kept.steps.put(one, 9, NOW)
    assert not await kept.steps.put(replace(one, value=b"other"), 9, NOW), "there is one"
    assert [await kept.steps.attempt(b"one", 2, NOW) for _ in range(3)] == [one, one, None]
    assert await asyncio.gather(*(kept.steps.take(b"one", NOW) for _ in range(2))) == [one, None]
    assert await kept.steps.attempt(b"one", 9, NOW) is None


async def test_the_time_of_a_step_ends(kept: Kept) -> None:
    for name in (b"one", b"two"):
        await kept.steps.put(step(name), 9, NOW)
    assert await kept.steps.attempt(b"one", 9, NOW + 300) is None
    assert await kept.steps.take(b"two", NOW + 300) is None
    assert await kept.steps.put(step(b"one"), 9, NOW + 300), "it has left the disk"


async def test_an_account_has_so_many_steps(kept: Kept) -> None:
    await kept.steps.put(step(b"foreign", BOB), 2, NOW)
    for number in range(4):
        await kept.steps.put(step(b"%d" % number, until=NOW + 300 + number), 2, NOW)
    assert [await kept.steps.take(b"%d" % number, NOW) is not None for number in range(4)] == [False, False, True, True]
    assert await kept.steps.take(b"foreign", NOW) is not None


async def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    one = session(1)
    for _ in range(2):
        database = SessionDatabase(tmp_path / "sessions.db")
        if await database.find(one.key, NOW) is None:
            await database.begin(one, 9)
            await database.begin(session(2), 9)
            await database.end(ALICE, [session(2).id])
        else:
            assert await database.of(ALICE, NOW) == [one]
        await asyncio.to_thread(database.stop)
