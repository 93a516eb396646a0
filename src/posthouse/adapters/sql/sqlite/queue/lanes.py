"""Lanes: for each destination and priority that somebody waits for, when the next of them is due.

They are what makes the runner's questions cost the same in a queue of any length: what is due is read off a lane, never counted
from recipients. Whoever changes a recipient's state, destination or next attempt refreshes its lane in the same transaction.
"""

from collections.abc import Iterable

import apsw

Lane = tuple[str, int]
"""Destination and priority."""
TOUCHED = 4
"""How many times more lanes are looked at than asked for, by when mail last came for them."""


def join(db: apsw.Connection, lanes: Iterable[Lane], due_at: float, *, at_once: bool) -> None:
    """Somebody new waits in these lanes from a moment on; ``at_once``: that moment is now."""
    db.executemany(
        """
        INSERT INTO lane VALUES (?1, ?2, ?3, ?3) ON CONFLICT (destination, priority)
        DO UPDATE SET due_at = min(due_at, excluded.due_at), touched_at = iif(?4, excluded.touched_at, touched_at)
        """,
        [(destination, priority, due_at, at_once) for destination, priority in lanes],
    )


def refresh(db: apsw.Connection, lanes: Iterable[Lane]) -> None:
    """Read off the index when these lanes are due next; empty ones go."""
    for destination, priority in lanes:
        first = db.execute(
            """
            SELECT next_attempt_at FROM recipient INDEXED BY recipient_due
            WHERE state = 'waiting' AND destination = ? AND priority = ? ORDER BY next_attempt_at LIMIT 1
            """,
            (destination, priority),
        ).fetchone()
        if first is None:
            db.execute("DELETE FROM lane WHERE destination = ? AND priority = ?", (destination, priority))
        else:
            db.execute(
                """
                INSERT INTO lane VALUES (?1, ?2, ?3, ?3) ON CONFLICT (destination, priority) DO UPDATE SET due_at = excluded.due_at
                """,
                (destination, priority, first[0]),
            )


def due(db: apsw.Connection, now: float, limit: int, *, newest: bool) -> list[str]:
    """Destinations that are due: what is more urgent first, then the longest due, or those for whom mail came last."""
    found: dict[str, None] = {}
    for priority in _priorities(db):
        if newest:
            rows = db.execute(
                """
                SELECT destination FROM
                    (SELECT destination, due_at, touched_at FROM lane WHERE priority = ?1 AND touched_at <= ?2
                     ORDER BY touched_at DESC LIMIT ?3)
                WHERE due_at <= ?2 ORDER BY touched_at DESC, destination
                """,
                (priority, now, limit * TOUCHED),
            )
        else:
            rows = db.execute(
                "SELECT destination FROM lane WHERE priority = ? AND due_at <= ? ORDER BY due_at, destination LIMIT ?",
                (priority, now, limit),
            )
        found |= dict.fromkeys(str(destination) for (destination,) in rows)
        if len(found) >= limit:
            break
    return list(found)[:limit]


def next_due(db: apsw.Connection) -> float | None:
    """When the next lane is due."""
    firsts = [
        db.execute("SELECT due_at FROM lane WHERE priority = ? ORDER BY due_at LIMIT 1", (priority,)).fetchone()
        for priority in _priorities(db)
    ]
    return min((float(first[0]) for first in firsts if first is not None), default=None)


def of(db: apsw.Connection, destination: str, now: float) -> list[Lane]:
    """A destination's lanes that are due, the most urgent first."""
    rows = db.execute("SELECT priority FROM lane WHERE destination = ? AND due_at <= ? ORDER BY priority DESC", (destination, now))
    return [(destination, int(priority)) for (priority,) in rows]


def _priorities(db: apsw.Connection) -> list[int]:
    """The priorities there are, highest first: one step of the index each."""
    rows = db.execute(
        """
        WITH RECURSIVE step (priority) AS (
            SELECT max(priority) FROM lane
            UNION ALL
            SELECT (SELECT max(priority) FROM lane WHERE priority < step.priority) FROM step WHERE step.priority IS NOT NULL
        )
        SELECT priority FROM step WHERE priority IS NOT NULL
        """
    )
    return [int(priority) for (priority,) in rows]
