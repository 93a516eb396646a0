"""Traces in ``trace.db`` (the keeper's end of port ``Trace``)."""

from collections.abc import Sequence
from pathlib import Path

import apsw

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.foundation.ids import TraceId, from_text
from posthouse.ports.trace import TraceEvent

MIGRATIONS = (
    """
    CREATE TABLE event (
        number INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, at REAL NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL,
        subject TEXT NOT NULL
    );
    CREATE INDEX event_trace ON event (trace_id);
    CREATE INDEX event_subject ON event (subject, trace_id) WHERE subject != '';
    CREATE INDEX event_at ON event (at);
    """,
)
KEEP_SECONDS = 30 * 86_400
_PURGE = 2_000


class TraceDatabase:
    """Appends in batches and finds by subject. ``synchronous=NORMAL``: traces may lose their last second."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, MIGRATIONS, "trace")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def append_all(self, events: Sequence[TraceEvent]) -> None:
        """Keep events; forgets a few of the oldest as it goes."""
        rows = [(event.trace_id, event.at, event.step, event.text, event.subject.lower()) for event in events]
        before = max((event.at for event in events), default=0.0) - KEEP_SECONDS

        def work(db: apsw.Connection) -> None:
            db.executemany("INSERT INTO event (trace_id, at, step, text, subject) VALUES (?, ?, ?, ?, ?)", rows)
            db.execute("DELETE FROM event WHERE number IN (SELECT number FROM event WHERE at < ? LIMIT ?)", (before, _PURGE))

        await self._file.run(work)

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of all traces that know the subject: the newest of them, oldest first."""
        try:
            trace_id = from_text(subject)
        except ValueError:
            trace_id = b""

        def work(db: apsw.Connection) -> list[TraceEvent]:
            rows = db.execute(
                """
                SELECT trace_id, at, step, text, subject FROM event
                WHERE trace_id IN (SELECT ? UNION SELECT trace_id FROM (
                    SELECT trace_id FROM event WHERE subject = ? AND subject != '' ORDER BY number DESC LIMIT ?))
                ORDER BY number DESC LIMIT ?
                """,
                (trace_id, subject.lower(), limit, limit),
            )
            found = [TraceEvent(TraceId(row[0]), *row[1:]) for row in rows]
            found.reverse()
            return sorted(found, key=lambda event: event.trace_id)

        return await self._file.run(work)
