"""Throwing away what nobody can ask for any more."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw

from posthouse.adapters.sql.rooms import rooms_of

PAGE = 1_000


class Purged(NamedTuple):
    """What one transaction has forgotten."""

    placements: int
    blobs: list[str]
    """Blobs that nobody needs any more."""
    threads: list[bytes]
    """Threads that have lost a message."""


def purge(db: apsw.Connection, before: float, projections: Sequence[str]) -> Purged:
    """Forget a page of messages expunged before a time."""
    rows: list[tuple[Any, ...]] = db.execute(
        "SELECT mailbox, uid, email, mod_sequence FROM expunged WHERE expunged_at < ? LIMIT ?", (before, PAGE)
    ).fetchall()
    db.executemany("DELETE FROM expunged WHERE mailbox = ? AND uid = ?", [row[:2] for row in rows])
    db.executemany("UPDATE email SET holders = holders - 1 WHERE number = ?", [row[2:3] for row in rows])
    horizons: dict[int, int] = {}
    for mailbox, _, _, mod_sequence in rows:
        horizons[mailbox] = max(horizons.get(mailbox, 0), mod_sequence)
    db.executemany("UPDATE mailbox SET horizon = max(horizon, ?) WHERE number = ?", [(h, m) for m, h in horizons.items()])
    purged = Purged(len(rows), [], [])
    for number in {row[2] for row in rows}:
        gone: tuple[Any, ...] | None = db.execute(
            "DELETE FROM email WHERE number = ? AND holders = 0 RETURNING blob, thread_id", (number,)
        ).fetchone()
        if gone is None:
            continue
        db.execute("DELETE FROM body WHERE email = ?", (number,))
        for table in rooms_of(projections):
            db.execute(f"DELETE FROM {table} WHERE email = ?", (number,))
        purged.threads.append(gone[1])
        if gone[0] is not None:
            purged.blobs.append(gone[0])
    return purged


def dead_message_ids(db: apsw.Connection, threads: set[bytes]) -> list[int]:
    """Hashes of Message-IDs that lead to those of ``threads`` that have no message any more.

    Looks at every message once; an index for this would cost every delivery a page.
    """
    dead = threads.difference(bytes(thread) for (thread,) in db.execute("SELECT thread_id FROM email"))
    if not dead:
        return []
    rows: list[tuple[Any, ...]] = db.execute("SELECT hash, thread_id FROM message_id").fetchall()
    return [hash_ for hash_, thread in rows if thread in dead]


def forget_message_ids(db: apsw.Connection, hashes: Sequence[int]) -> None:
    """Forget Message-IDs."""
    db.executemany("DELETE FROM message_id WHERE hash = ?", [(hash_,) for hash_ in hashes])
