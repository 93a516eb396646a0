"""TLS results and MTA-STS policies in ``tls.db`` (ports ``TlsResults`` and ``StsPolicies``); the keeper's, or a command's."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.ports.clock import Clock
from posthouse.ports.sts_policies import KeptPolicy
from posthouse.ports.tls_results import TlsCount, TlsSession

MIGRATIONS = (
    """
    CREATE TABLE result (
        day TEXT NOT NULL, domain TEXT NOT NULL, policy_type TEXT NOT NULL, mx_host TEXT NOT NULL, result TEXT NOT NULL,
        receiving_ip TEXT NOT NULL, policy_text TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (day, domain, policy_type, mx_host, result, receiving_ip, policy_text)
    ) WITHOUT ROWID;
    CREATE TABLE policy (
        domain TEXT PRIMARY KEY, id TEXT NOT NULL, text TEXT NOT NULL, fetched_at REAL NOT NULL, expires_at REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX policy_expires ON policy (expires_at);
    """,
)
KEEP_DAYS = 14
KEEP_SECONDS = 30 * 86_400
"""How long an expired policy is kept: it tells that a domain once had one."""
_PURGE = 1_000
T = TypeVar("T")


class TlsDatabase:
    """Both ports over one file. ``synchronous=NORMAL``: a power cut may lose the last second."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._file = StatisticsFile(path, MIGRATIONS, "tls")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def add(self, counts: Sequence[TlsCount]) -> None:
        """Add to what is counted."""
        rows = [
            (
                one.day,
                one.session.policy_domain,
                one.session.policy_type,
                one.session.mx_host,
                one.session.result,
                one.session.receiving_ip,
                one.session.policy_text,
                one.count,
            )
            for one in counts
        ]

        def work(db: apsw.Connection) -> None:
            db.executemany(
                """
                INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (day, domain, policy_type, mx_host, result, receiving_ip, policy_text)
                DO UPDATE SET count = count + excluded.count
                """,
                rows,
            )
            newest = max((row[0] for row in rows), default="")
            old = db.execute("SELECT DISTINCT day FROM result WHERE day < date(?, ?) LIMIT 1", (newest, f"-{KEEP_DAYS} days"))
            for (day,) in old.fetchall():
                db.execute("DELETE FROM result WHERE day = ?", (day,))

        await self._run(work)

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[TlsCount]:
        """Counts of one day."""

        def work(db: apsw.Connection) -> list[TlsCount]:
            rows = db.execute(
                """
                SELECT policy_type, domain, mx_host, result, receiving_ip, policy_text, count FROM result
                WHERE day = ?1 AND domain IN
                    (SELECT DISTINCT domain FROM result WHERE day = ?1 AND domain > ?2 ORDER BY domain LIMIT ?3)
                ORDER BY domain, policy_type, mx_host, result, receiving_ip, policy_text
                """,
                (day, after_domain, domains),
            )
            return [TlsCount(day, TlsSession(*row[:6]), row[6]) for row in rows]

        return await self._run(work)

    async def get(self, domain: str) -> KeptPolicy | None:
        """The policy of a domain."""

        def work(db: apsw.Connection) -> KeptPolicy | None:
            row = db.execute("SELECT * FROM policy WHERE domain = ?", (domain,)).fetchone()
            return None if row is None else KeptPolicy(*row)

        return await self._run(work)

    async def put(self, policy: KeptPolicy) -> None:
        """Remember a policy."""
        before = self._clock.now() - KEEP_SECONDS

        def work(db: apsw.Connection) -> None:
            values = (policy.domain, policy.id, policy.text, policy.fetched_at, policy.expires_at)
            db.execute("INSERT OR REPLACE INTO policy VALUES (?, ?, ?, ?, ?)", values)
            db.execute(
                "DELETE FROM policy WHERE domain IN (SELECT domain FROM policy WHERE expires_at < ? AND domain != ? LIMIT ?)",
                (before, policy.domain, _PURGE),
            )

        await self._run(work)

    async def _run(self, work: Callable[[apsw.Connection], T]) -> T:
        return await self._file.run(work)
