"""Transactions of the runner: what is due, leases, results."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.file import one
from posthouse.adapters.sql.sqlite.queue import lanes
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


class Order(NamedTuple):
    """What to lease: how many messages, for how long, and from which end."""

    limit: int
    now: float
    until: float
    newest: bool


def lease(db: apsw.Connection, destinations: Sequence[str] | None, order: Order, blobs: str) -> list[Leased]:
    """Lease due recipients of at most ``limit`` messages."""
    wanted = lanes.due(db, order.now, order.limit, newest=order.newest) if destinations is None else destinations
    found: list[Leased] = []
    for destination in wanted:
        for lane in lanes.of(db, destination, order.now):
            due = _due_messages(db, lane, order, order.limit - len(found))
            found += [_lease_message(db, QueueId(id_), lane, order, blobs) for id_ in due]
            if due:
                lanes.refresh(db, [lane])
        if len(found) >= order.limit:
            break
    return found


def renew(db: apsw.Connection, leases: Sequence[Lease], until: float, *, begun: bool) -> list[Lease]:
    """Make leases last longer; with ``begun``, note that transmission starts."""
    touched: set[lanes.Lane] = set()
    for held in leases:
        _require(db, held)
        row = one(
            db,
            """
            UPDATE recipient SET lease_until = ?, next_attempt_at = ?, begun = begun OR ? WHERE message = ? AND number = ?
            RETURNING destination, priority
            """,
            (until, until, begun, held.queue_id, held.recipient_number),
        )
        touched.add((row[0], row[1]))
    lanes.refresh(db, touched)
    return [Lease(held.queue_id, held.recipient_number, held.token, until) for held in leases]


def release_all(db: apsw.Connection, now: float) -> None:
    """End the leases of an earlier owner: this file has one owner at a time, so whoever opens it knows that the last one is dead.

    ``begun`` stays: what that owner may have transmitted is a possible duplicate.
    """
    touched: list[Any] = db.execute(
        """
        UPDATE recipient SET lease_token = 0, lease_until = 0, next_attempt_at = min(next_attempt_at, ?)
        WHERE state = 'waiting' AND lease_token != 0 RETURNING destination, priority
        """,
        (now,),
    ).fetchall()
    lanes.refresh(db, set(touched))


def record(db: apsw.Connection, attempts: Sequence[Attempt]) -> list[str]:
    """Write down results; returns blobs nobody needs any more."""
    touched: set[lanes.Lane] = set()
    for attempt in attempts:
        _require(db, attempt.lease)
        row = one(
            db,
            """
            UPDATE recipient SET state = ?, attempts = attempts + 1, next_attempt_at = ?, lease_token = 0, lease_until = 0,
                                 begun = 0, delay_notified = delay_notified OR ?, last_reply = ?
            WHERE message = ? AND number = ? RETURNING destination, priority
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
        touched.add((row[0], row[1]))
    lanes.refresh(db, touched)
    return finished(db, {attempt.lease.queue_id for attempt in attempts})


def finished(db: apsw.Connection, ids: Iterable[QueueId]) -> list[str]:
    """Forget those messages that have no open recipient; returns their blobs."""
    return [blob for id_ in ids if (blob := finish(db, id_)) is not None]


def _due_messages(db: apsw.Connection, lane: lanes.Lane, order: Order, limit: int) -> list[bytes]:
    direction = "DESC" if order.newest else "ASC"
    rows = db.execute(
        f"""
        SELECT message FROM recipient INDEXED BY recipient_due
        WHERE state = 'waiting' AND destination = ? AND priority = ? AND next_attempt_at <= ?
        ORDER BY next_attempt_at {direction}, message {direction} LIMIT ?
        """,
        (*lane, order.now, limit * RECIPIENTS),
    )
    return list(dict.fromkeys(message for (message,) in rows))[:limit]


def _lease_message(db: apsw.Connection, queue_id: QueueId, lane: lanes.Lane, order: Order, blobs: str) -> Leased:
    until, destination = order.until, lane[0]
    (token,) = one(db, "UPDATE token SET value = value + 1 RETURNING value")
    rows: list[tuple[Any, ...]] = db.execute(
        """
        SELECT number, value, attempts, begun, delay_notified FROM recipient INDEXED BY recipient_waiting
        WHERE message = ? AND state = 'waiting' AND destination = ? AND priority = ? AND next_attempt_at <= ?
        ORDER BY next_attempt_at, number LIMIT ?
        """,
        (queue_id, *lane, order.now, RECIPIENTS),
    ).fetchall()
    rows.sort()
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
