"""The contracts of DMARC counts and of reports."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from posthouse.adapters.reports.database import KEPT_DAYS, ROWS, ReportDatabase
from posthouse.formats.reports.dmarc import PublishedPolicy, Row, SignatureResult
from posthouse.ports.dmarc_results import DmarcCount
from posthouse.ports.reports import ReceivedReport, ReportKind

ROW = Row("192.0.2.1", "none", True, False, "example.org", signatures=(SignatureResult("example.org", "pass", "s1"),), count=3)
COUNT = DmarcCount("2026-11-24", PublishedPolicy("example.org", "reject"), ("mailto:rua@example.org",), ROW)
REPORT = ReceivedReport(ReportKind.DMARC, "example.test", "Big", "1", 10.0, 20.0, 1_000.0, 12, 2, b"{}")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[ReportDatabase]:
    made = ReportDatabase(tmp_path / "reports.db")
    yield made
    await asyncio.to_thread(made.stop)


def of(domain: str, day: str = "2026-11-24", count: int = 3) -> DmarcCount:
    return msgspec.structs.replace(
        COUNT, day=day, policy=PublishedPolicy(domain, "reject"), row=msgspec.structs.replace(ROW, count=count)
    )


async def test_alike_is_counted_together(database: ReportDatabase) -> None:
    await database.add([COUNT, COUNT])
    await database.add([COUNT])
    other = msgspec.structs.replace(COUNT, row=msgspec.structs.replace(ROW, source_address="192.0.2.2"))
    await database.add([other])
    found = await database.of_day("2026-11-24")
    assert sorted((each.row.source_address, each.row.count) for each in found) == [("192.0.2.1", 9), ("192.0.2.2", 3)]
    assert {each.destinations for each in found} == {COUNT.destinations}
    assert await database.of_day("2026-11-23") == []


async def test_domains_come_in_pages(database: ReportDatabase) -> None:
    await database.add([of(f"{letter}.example") for letter in "cabd"])
    first = await database.of_day("2026-11-24", "", 2)
    assert [each.policy.domain for each in first] == ["a.example", "b.example"]
    second = await database.of_day("2026-11-24", "b.example", 2)
    assert [each.policy.domain for each in second] == ["c.example", "d.example"]
    assert await database.of_day("2026-11-24", "d.example", 2) == []


async def test_old_days_go_and_rows_have_a_bound(database: ReportDatabase) -> None:
    await database.add([of("a.example", "2026-11-01")])
    await database.add([of("a.example", "2026-11-24")])
    assert await database.of_day("2026-11-01") == []
    assert KEPT_DAYS < 23
    many = [
        msgspec.structs.replace(COUNT, row=msgspec.structs.replace(ROW, header_from=f"{number}.example", count=1))
        for number in range(ROWS + 5)
    ]
    await database.add(many)
    assert len(await database.of_day("2026-11-24")) == ROWS + 1


async def test_reports_are_kept_once(database: ReportDatabase) -> None:
    assert await database.keep(REPORT)
    assert not await database.keep(REPORT)
    newer = msgspec.structs.replace(REPORT, report_id="2", received_at=2_000.0, kind=ReportKind.TLS, domain="other.test")
    assert await database.keep(newer)
    assert await database.received() == [newer, REPORT]
    assert await database.received(ReportKind.DMARC) == [REPORT]
    assert await database.received(domain="other.test") == [newer]
    assert await database.received(since=1_500.0) == [newer]
    assert await database.received(limit=1) == [newer]


async def test_what_has_gone_out(database: ReportDatabase) -> None:
    assert not await database.is_sent(ReportKind.DMARC, "2026-11-24", "example.org")
    await database.mark_sent(ReportKind.DMARC, "2026-11-24", "example.org")
    await database.mark_sent(ReportKind.DMARC, "2026-11-24", "example.org")
    assert await database.is_sent(ReportKind.DMARC, "2026-11-24", "example.org")
    assert not await database.is_sent(ReportKind.TLS, "2026-11-24", "example.org")
