"""The contract of the audit log: in its owner's process, as others reach it, and in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.offices import neighbour_of

from posthouse.adapters.audit.database import AuditDatabase
from posthouse.adapters.audit.memory import MemoryAudit
from posthouse.adapters.rpc.client import remote
from posthouse.ports.audit import Audit, Entry, Sought

ENTRY = Entry(
    at=1.0, by="root@example.test", role="operator", act="account.add", subject="alice@example.test", domain="example.test"
)


@pytest.fixture(params=["memory", "local", "remote"])
async def audit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Audit]:
    if request.param == "memory":
        yield MemoryAudit()
        return
    database = AuditDatabase(tmp_path / "audit.db")
    if request.param == "local":
        yield database
    else:
        async with neighbour_of(tmp_path, {"audit": (Audit, database)}) as neighbour:
            yield remote("audit", Audit, neighbour)  # type: ignore[type-abstract]
    await asyncio.to_thread(database.stop)


def entry(**changes: object) -> Entry:
    return msgspec.structs.replace(ENTRY, **changes)


async def subjects(audit: Audit, sought: Sought) -> list[str]:
    return [each.entry.subject for each in await audit.read(sought, 0, 100)]


async def test_entries_are_numbered_and_read_back_the_newest_first(audit: Audit) -> None:
    assert await audit.read(Sought(), 0, 10) == []
    await audit.append([ENTRY, entry(subject="b", before='{"a": 1}', after="ü", outcome="no")])
    await audit.append([entry(subject="c")])
    found = await audit.read(Sought(), 0, 10)
    assert [(each.number, each.entry.subject) for each in found] == [(3, "c"), (2, "b"), (1, ENTRY.subject)]
    assert found[1].entry == entry(subject="b", before='{"a": 1}', after="ü", outcome="no")
    assert [each.number for each in await audit.read(Sought(), 3, 1)] == [2]


async def test_entries_are_found_by_what_they_say(audit: Audit) -> None:
    await audit.append(
        [
            entry(subject="1", at=10.0, act="alias.change", account="x"),
            entry(subject="2", at=20.0, by="other", domain="example.org"),
            entry(subject="3", at=30.0, act="account", domain=""),
            entry(subject="4", at=40.0, act="accounting.x"),
        ]
    )
    assert await subjects(audit, Sought(since=20.0, until=40.0)) == ["3", "2"]
    assert await subjects(audit, Sought(act="account")) == ["3", "2"]
    assert await subjects(audit, Sought(act="account.add")) == ["2"]
    assert await subjects(audit, Sought(subject="4", by=ENTRY.by)) == ["4"]
    assert await subjects(audit, Sought(by="other")) == ["2"]
    assert await subjects(audit, Sought(account="x")) == ["1"]
    assert await subjects(audit, Sought(domains=("example.test", "example.org"))) == ["4", "2", "1"]
    assert await subjects(audit, Sought(domains=())) == []


async def test_a_whole_chain_is_whole_and_a_digest_noted_earlier_holds(audit: Audit) -> None:
    empty = await audit.verify(0, "")
    assert (empty.entries, empty.digest, empty.faults) == (0, "", ())
    await audit.append([ENTRY])
    first = await audit.verify(0, "")
    await audit.append([ENTRY, ENTRY])
    verdict = await audit.verify(1, first.digest)
    assert (verdict.entries, verdict.faults) == (3, ())
    assert verdict.digest == (await audit.read(Sought(), 0, 1))[0].digest
    assert len({each.digest for each in await audit.read(Sought(), 0, 10)}) == 3
    assert (await audit.verify(2, first.digest)).faults
    assert (await audit.verify(4, verdict.digest)).faults


async def test_many_writers_make_one_chain(audit: Audit) -> None:
    await asyncio.gather(*(audit.append([entry(subject=str(number))]) for number in range(50)))
    verdict = await audit.verify(0, "")
    assert (verdict.entries, verdict.faults) == (50, ())
    assert set(await subjects(audit, Sought())) == {str(number) for number in range(50)}
