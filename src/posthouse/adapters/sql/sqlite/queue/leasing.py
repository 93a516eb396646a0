"""Transactions of the runner: what is due, leases, results."""

from collections.abc import Iterable, Sequence
from typing import Any

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.file import one
from posthouse.adapters.sql.sqlite.queue.keeping import finish, load, recipient
from posthouse.foundation.errors import Fenced
from posthouse.foundation.ids import QueueId
from posthouse.model.delivery import Attempt, Lease, Leased, Outcome

RECIPIENTS = 100
"""Recipients of one message leased together: what one SMTP transaction may always carry (RFC 5321 §4.5.3.1.8)."""

_STATES = {
    Outcome.DELIVERED: "delivered",
    Outcome.RELAYED: "delivered",
    Outcome.EXPANDED: "delivered",
    Outcome.FAILED: "failed",
    Outcome.RETRY: "waiting",
}


def due_destinations(db: apsw.Connection, now: float, limit: int) -> list[str]:
    """Walk the destinations by index, one step each, whatever the number of recipients."""
    rows = db.execute(
        """
        WITH RECURSIVE step (name) AS (
            SELECT min(destination) FROM recipient WHERE state = 'waiting'
            UNION ALL
            SELECT (SELECT min(destination) FROM recipient WHERE state = 'waiting' AND destination > step.name)
            FROM step WHERE name IS NOT NULL
        )
        SELECT name FROM step WHERE name IS NOT NULL AND
            (SELECT min(next_attempt_at) FROM recipient WHERE state = 'waiting' AND destination = name) <= ?
        LIMIT ?
        """,
        (now, limit),
    )
    return [str(name) for (name,) in rows]


def lease(
    db: apsw.Connection, destinations: Sequence[str] | None, limit: int, times: tuple[float, float], blobs: str
) -> list[Leased]:
    """Lease due recipients of at most ``limit`` messages; ``times`` are now and the end of the leases."""
    now, until = times
    due: list[tuple[bytes, str]] = []
    for destination in due_destinations(db, now, limit) if destinations is None else destinations:
        due += _due_messages(db, destination, now, limit - len(due))
        if len(due) >= limit:
            break
    return [_lease_message(db, QueueId(id_), destination, (now, until), blobs) for id_, destination in due]


def renew(db: apsw.Connection, leases: Sequence[Lease], until: float, *, begun: bool) -> list[Lease]:
    """Make leases last longer; with ``begun``, note that transmission starts."""
    for held in leases:
        _require(db, held)
        db.execute(
            """
            UPDATE recipient SET lease_until = ?, next_attempt_at = ?, begun = begun OR ? WHERE message = ? AND number = ?
            """,
            (until, until, begun, held.queue_id, held.recipient_number),
        )
    return [Lease(held.queue_id, held.recipient_number, held.token, until) for held in leases]


def release_all(db: apsw.Connection, now: float) -> None:
    """End the leases of an earlier owner: this file has one owner at a time, so whoever opens it knows that the last one is dead.

    ``begun`` stays: what that owner may have transmitted is a possible duplicate.
    """
    db.execute(
        """
        UPDATE recipient SET lease_token = 0, lease_until = 0, next_attempt_at = min(next_attempt_at, ?)
        WHERE state = 'waiting' AND lease_token != 0
        """,
        (now,),
    )


def record(db: apsw.Connection, attempts: Sequence[Attempt]) -> list[str]:
    """Write down results; returns blobs nobody needs any more."""
    for attempt in attempts:
        _require(db, attempt.lease)
        db.execute(
            """
            UPDATE recipient SET state = ?, attempts = attempts + 1, next_attempt_at = ?, lease_token = 0, lease_until = 0,
                                 begun = 0, delay_notified = delay_notified OR ?, last_reply = ?
            WHERE message = ? AND number = ?
            """,
            (
                _STATES[attempt.outcome],
                attempt.retry_at,
                attempt.delay_notified,
                attempt.reply,
                attempt.lease.queue_id,
                attempt.lease.recipient_number,
            ),
        )
    return finished(db, {attempt.lease.queue_id for attempt in attempts})


def finished(db: apsw.Connection, ids: Iterable[QueueId]) -> list[str]:
    """Forget those messages that have no open recipient; returns their blobs."""
    return [blob for id_ in ids if (blob := finish(db, id_)) is not None]


def _due_messages(db: apsw.Connection, destination: str, now: float, limit: int) -> list[tuple[bytes, str]]:
    rows = db.execute(
        """
        SELECT message FROM recipient INDEXED BY recipient_due
        WHERE state = 'waiting' AND destination = ? AND next_attempt_at <= ? ORDER BY next_attempt_at, message LIMIT ?
        """,
        (destination, now, limit * RECIPIENTS),
    )
    found = dict.fromkeys(message for (message,) in rows)
    return [(message, destination) for message in list(found)[:limit]]


def _lease_message(db: apsw.Connection, queue_id: QueueId, destination: str, times: tuple[float, float], blobs: str) -> Leased:
    now, until = times
    (token,) = one(db, "UPDATE token SET value = value + 1 RETURNING value")
    rows: list[tuple[Any, ...]] = db.execute(
        """
        SELECT number, value, attempts, begun, delay_notified FROM recipient
        WHERE message = ? AND state = 'waiting' AND destination = ? AND next_attempt_at <= ? ORDER BY number LIMIT ?
        """,
        (queue_id, destination, now, RECIPIENTS),
    ).fetchall()
    db.executemany(
        "UPDATE recipient SET lease_token = ?, lease_until = ?, next_attempt_at = ? WHERE message = ? AND number = ?",
        [(token, until, until, queue_id, row[0]) for row in rows],
    )
    message = load(db, queue_id, blobs)
    return Leased(
        msgspec.structs.replace(message, recipients=tuple(recipient(row[1], destination) for row in rows)),
        tuple(Lease(queue_id, row[0], token, until) for row in rows),
        tuple(row[2] for row in rows),
        tuple(bool(row[3]) for row in rows),
        tuple(bool(row[4]) for row in rows),
    )


def _require(db: apsw.Connection, held: Lease) -> None:
    row = db.execute(
        "SELECT 1 FROM recipient WHERE message = ? AND number = ? AND lease_token = ? AND state = 'waiting'",
        (held.queue_id, held.recipient_number, held.token),
    ).fetchone()
    if row is None:
        raise Fenced("the lease has ended: another runner works on this recipient")
