"""The contract of last uses: in the keeper's own process, and as others reach it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.offices import neighbour_of

from posthouse.adapters.rpc.client import remote
from posthouse.adapters.uses.database import KEEP_SECONDS, PROGRAMS, UseDatabase
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.ports.credential_uses import CredentialUses, Use

NOW = 1_800_000_000.0
ALICE, BOB = AccountId(b"a" * 16), AccountId(b"b" * 16)
PHONE, TABLET = CredentialId(b"p" * 16), CredentialId(b"t" * 16)


@pytest.fixture(params=["local", "remote"])
async def uses(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CredentialUses]:
    database = UseDatabase(tmp_path / "uses.db")
    if request.param == "local":
        yield database
    else:
        async with neighbour_of(tmp_path, {"uses": (CredentialUses, database)}) as neighbour:
            yield remote("uses", CredentialUses, neighbour)  # type: ignore[type-abstract]
    await asyncio.to_thread(database.stop)


def use(at: float, credential: CredentialId = PHONE, protocol: str = "imap", program: str = "", address: str = "192.0.2.1") -> Use:
    return Use(ALICE, credential, protocol, program, address, at)


async def test_the_last_one_is_kept_of_each_credential_protocol_and_program(uses: CredentialUses) -> None:
    moved = use(NOW + 5, address="2001:db8::1")
    other = [use(NOW + 1, protocol="pop3"), use(NOW + 2, program="Thunderbird"), use(NOW + 3, TABLET)]
    await uses.note([use(NOW), *other, moved])
    assert await uses.last(ALICE) == [moved, *reversed(other)]
    await uses.note([use(NOW + 4)])
    assert (await uses.last(ALICE))[0] == moved, "what comes late does not go before what is newer"
    assert await uses.last(BOB) == []
    await uses.note([])


async def test_whoever_calls_itself_something_else_each_time_fills_no_disk(uses: CredentialUses) -> None:
    await uses.note([use(NOW + number, program=f"p{number}") for number in range(PROGRAMS + 5)])
    await uses.note([use(NOW, TABLET)])
    kept = await uses.last(ALICE)
    assert [each.program for each in kept if each.credential_id == PHONE] == [f"p{number}" for number in range(PROGRAMS + 4, 4, -1)]
    assert [each.credential_id for each in kept].count(TABLET) == 1


async def test_what_is_very_old_is_forgotten(uses: CredentialUses) -> None:
    await uses.note([use(NOW)])
    await uses.note([use(NOW + KEEP_SECONDS - 1, TABLET)])
    assert len(await uses.last(ALICE)) == 2
    await uses.note([use(NOW + KEEP_SECONDS + 1, TABLET)])
    assert [each.credential_id for each in await uses.last(ALICE)] == [TABLET]
