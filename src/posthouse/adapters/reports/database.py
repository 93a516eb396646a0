"""DMARC counts and reports in ``reports.db`` (ports ``DmarcResults`` and ``Reports``, the keeper's end)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.ports.dmarc_results import DmarcCount
from posthouse.ports.reports import ReceivedReport, ReportKind

MIGRATIONS: Final = (
    """
    CREATE TABLE dmarc_count (
        day TEXT NOT NULL, domain TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (day, domain, key)
    ) WITHOUT ROWID;
    CREATE TABLE received (
        kind TEXT NOT NULL, organisation TEXT NOT NULL, report_id TEXT NOT NULL, domain TEXT NOT NULL, received_at REAL NOT NULL,
        value BLOB NOT NULL, PRIMARY KEY (kind, organisation, report_id, domain)
    ) WITHOUT ROWID;
    CREATE INDEX received_at ON received (received_at);
    CREATE TABLE sent (kind TEXT NOT NULL, day TEXT NOT NULL, domain TEXT NOT NULL, PRIMARY KEY (kind, day, domain)) WITHOUT ROWID;
    """,
)
KEPT_DAYS: Final = 8
"""Days that are counted at once; older ones go."""
RECEIVED_SECONDS: Final = 400 * 86_400.0
ROWS: Final = 10_000
"""Different rows of one domain and day; what is different beyond them is not counted."""
KEY_OCTETS: Final = 16
_PURGE: Final = 1_000
_PACK: Final = msgspec.msgpack.Encoder().encode
_COUNT: Final = msgspec.msgpack.Decoder(DmarcCount)
_RECEIVED: Final = msgspec.msgpack.Decoder(ReceivedReport)


class ReportDatabase:
    """``synchronous=NORMAL``: statistics may lose their last second."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, MIGRATIONS, "reports")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def add(self, counts: Sequence[DmarcCount]) -> None:
        """Add to what is counted already."""
        await self._file.run(lambda db: _add(db, counts))

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[DmarcCount]:
        """Counts of one day: of so many policy domains, in their order, behind one."""

        def work(db: apsw.Connection) -> list[DmarcCount]:
            rows = db.execute(
                """
                SELECT value, count FROM dmarc_count WHERE day = ? AND domain IN (
                    SELECT DISTINCT domain FROM dmarc_count WHERE day = ? AND domain > ? ORDER BY domain LIMIT ?)
                ORDER BY domain, key
                """,
                (day, day, after_domain, domains),
            )
            return [_counted(value, count) for value, count in rows]

        return await self._file.run(work)

    async def keep(self, report: ReceivedReport) -> bool:
        """Keep a report once."""

        def work(db: apsw.Connection) -> bool:
            added = db.execute(
                "INSERT OR IGNORE INTO received VALUES (?, ?, ?, ?, ?, ?) RETURNING 1",
                (report.kind, report.organisation, report.report_id, report.domain, report.received_at, _PACK(report)),
            ).fetchone()
            db.execute(
                "DELETE FROM received WHERE (kind, organisation, report_id, domain) IN ("
                " SELECT kind, organisation, report_id, domain FROM received WHERE received_at < ? LIMIT ?)",
                (report.received_at - RECEIVED_SECONDS, _PURGE),
            )
            return added is not None

        return await self._file.run(work)

    async def received(
        self, kind: ReportKind | None = None, domain: str = "", since: float = 0.0, limit: int = 1_000
    ) -> list[ReceivedReport]:
        """Reports that came since a moment, the newest first."""

        def work(db: apsw.Connection) -> list[ReceivedReport]:
            rows = db.execute(
                """
                SELECT value FROM received WHERE received_at >= ? AND (? = '' OR kind = ?) AND (? = '' OR domain = ?)
                ORDER BY received_at DESC LIMIT ?
                """,
                (since, kind or "", kind or "", domain, domain, limit),
            )
            return [_RECEIVED.decode(value) for (value,) in rows]

        return await self._file.run(work)

    async def is_sent(self, kind: ReportKind, day: str, domain: str) -> bool:
        """Whether our report to a domain about a day has gone out."""

        def work(db: apsw.Connection) -> bool:
            found = db.execute("SELECT 1 FROM sent WHERE kind = ? AND day = ? AND domain = ?", (kind, day, domain)).fetchone()
            return found is not None

        return await self._file.run(work)

    async def mark_sent(self, kind: ReportKind, day: str, domain: str) -> None:
        """Remember that it has."""

        def work(db: apsw.Connection) -> None:
            db.execute("INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", (kind, day, domain))
            db.execute("DELETE FROM sent WHERE day < date(?, ?)", (day, f"-{KEPT_DAYS * 4} days"))

        await self._file.run(work)


def _add(db: apsw.Connection, counts: Sequence[DmarcCount]) -> None:
    for each in counts:
        value = _PACK(msgspec.structs.replace(each, row=msgspec.structs.replace(each.row, count=0)))
        key = hashlib.blake2b(value, digest_size=KEY_OCTETS).digest()
        domain = each.policy.domain
        known = db.execute(
            "UPDATE dmarc_count SET count = count + ? WHERE day = ? AND domain = ? AND key = ? RETURNING 1",
            (each.row.count, each.day, domain, key),
        ).fetchone()
        if known is None:
            (rows,) = db.execute(
                "SELECT count(*) FROM dmarc_count WHERE day = ? AND domain = ?", (each.day, domain)
            ).fetchone() or (0,)
            if rows < ROWS:
                db.execute("INSERT INTO dmarc_count VALUES (?, ?, ?, ?, ?)", (each.day, domain, key, value, each.row.count))
    if counts:
        db.execute("DELETE FROM dmarc_count WHERE day < date(?, ?)", (max(each.day for each in counts), f"-{KEPT_DAYS} days"))


def _counted(value: bytes, count: int) -> DmarcCount:
    found = _COUNT.decode(value)
    return msgspec.structs.replace(found, row=msgspec.structs.replace(found.row, count=count))
