"""Throwing away what nobody can ask for any more."""

from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.schema import rooms_of


def purge(db: apsw.Connection, before: float, projections: list[str], limit: int = 1_000) -> tuple[int, list[str]]:
    """Forget messages expunged before a time: (placements forgotten, blobs nobody needs any more)."""
    rows: list[tuple[Any, ...]] = db.execute(
        "SELECT mailbox, uid, email, mod_sequence FROM expunged WHERE expunged_at < ? LIMIT ?", (before, limit)
    ).fetchall()
    db.executemany("DELETE FROM expunged WHERE mailbox = ? AND uid = ?", [row[:2] for row in rows])
    db.executemany("UPDATE email SET holders = holders - 1 WHERE number = ?", [row[2:3] for row in rows])
    horizons: dict[int, int] = {}
    for mailbox, _, _, mod_sequence in rows:
        horizons[mailbox] = max(horizons.get(mailbox, 0), mod_sequence)
    db.executemany("UPDATE mailbox SET horizon = max(horizon, ?) WHERE number = ?", [(h, m) for m, h in horizons.items()])
    blobs = []
    for number in {row[2] for row in rows}:
        gone = db.execute("DELETE FROM email WHERE number = ? AND holders = 0 RETURNING blob", (number,)).fetchone()
        if gone is None:
            continue
        db.execute("DELETE FROM body WHERE email = ?", (number,))
        for table in rooms_of(projections):
            db.execute(f"DELETE FROM {table} WHERE email = ?", (number,))
        if gone[0] is not None:
            blobs.append(gone[0])
    return len(rows), blobs
