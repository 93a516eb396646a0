"""Transactions for people: what is in the queue, and changing it by hand.

Whatever is looked for, a transaction reads a bounded number of rows: nobody who works waits for somebody who looks.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import apsw
from msgspec.structs import replace

from posthouse.adapters.sql.sqlite.queue import lanes
from posthouse.adapters.sql.sqlite.queue.keeping import MESSAGE, load, recipient
from posthouse.adapters.sql.sqlite.queue.leasing import finished
from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import QueueId
from posthouse.model.delivery import Position, QueuedMessage, QueueRow, RecipientState, Wanted

SCANNED = 20_000
"""Rows one transaction reads when it looks for something."""
CHANGED = 500
"""Rows one transaction changes."""
_SIGNS = re.compile("[=%_]")
"""What LIKE reads as something else than itself."""
_CHANGES = {
    "retry": ("next_attempt_at = ?1", "state = 'waiting' AND lease_until <= ?1"),
    "hold": ("state = 'held'", "state = 'waiting' AND lease_until <= ?1"),
    "release": ("state = 'waiting', next_attempt_at = ?1", "state = 'held'"),
    "purge": ("state = 'purged'", "state IN ('waiting', 'held') AND lease_until <= ?1"),
    "reroute": ("destination = ?2, next_attempt_at = ?1", "state IN ('waiting', 'held') AND lease_until <= ?1"),
}


class Page(NamedTuple):
    """Some rows, and how far was looked for them; None: to the end."""

    rows: list[QueueRow]
    after: Position | None


def rows(db: apsw.Connection, wanted: Wanted, after: Position, limit: int) -> Page:
    """Recipients in the order of message ids and numbers."""
    condition, values = _condition(wanted)
    found = db.execute(
        f"""
        SELECT number, message, m.value, address, destination, state, attempts, m.received_at, next_attempt_at, m.size_octets,
               last_reply
        FROM (SELECT * FROM recipient WHERE (message, number) > (:after, :number) ORDER BY message, number LIMIT {SCANNED}) r
        JOIN message m ON m.id = r.message
        WHERE {condition} ORDER BY message, number LIMIT :limit
        """,
        {**values, "after": after.queue_id, "number": after.number, "limit": limit},
    ).fetchall()
    listed = _listed(found)
    if len(listed) >= limit:
        return Page(listed, Position(listed[-1].id, listed[-1].number))
    last = db.execute(
        "SELECT message, number FROM recipient WHERE (message, number) > (?, ?) ORDER BY message, number LIMIT 1 OFFSET ?",
        (after.queue_id, after.number, SCANNED - 1),
    ).fetchone()
    return Page(listed, None if last is None else Position(QueueId(last[0]), last[1]))


def _listed(found: Iterable[Any]) -> list[QueueRow]:
    listed: list[QueueRow] = []
    known: tuple[bytes, QueuedMessage] | None = None
    for number, id_, value, address, destination, status, attempts, received_at, next_attempt_at, size_octets, last_reply in found:
        if known is None or known[0] != id_:
            known = id_, MESSAGE.decode(value)
        message = known[1]
        listed.append(
            QueueRow(
                QueueId(id_),
                message.trace_id,
                message.reverse_path,
                address,
                destination,
                RecipientState(status),
                attempts,
                received_at,
                next_attempt_at,
                size_octets,
                last_reply,
                number,
            )
        )
    return listed


def _condition(wanted: Wanted) -> tuple[str, dict[str, object]]:
    """The rows wanted as a condition on recipient ``r`` and message ``m``, and what its names stand for."""
    conditions, values = ["1"], dict[str, object]()
    if wanted.state is not None:
        conditions.append("r.state = :state")
        values["state"] = str(wanted.state)
    if wanted.text:
        conditions.append("(r.address LIKE :text ESCAPE '=' OR m.reverse_path LIKE :text ESCAPE '=')")
        values["text"] = _containing(wanted.text)
    if wanted.sender == "<>":
        conditions.append("m.reverse_path = ''")
    elif wanted.sender:
        conditions.append("m.reverse_path LIKE :sender ESCAPE '='")
        values["sender"] = _containing(wanted.sender)
    if wanted.recipient:
        conditions.append("r.address LIKE :recipient ESCAPE '='")
        values["recipient"] = _containing(wanted.recipient)
    if wanted.domain:
        conditions.append("(r.destination = :domain OR r.address LIKE :at ESCAPE '=')")
        values["domain"] = wanted.domain.lower()
        values["at"] = _containing(f"@{wanted.domain}").removesuffix("%")
    return " AND ".join(conditions), values


def _containing(text: str) -> str:
    return "%" + _SIGNS.sub(r"=\g<0>", text) + "%"


def message(db: apsw.Connection, queue_id: QueueId, blobs: str) -> QueuedMessage:
    """A message with its open recipients."""
    found = load(db, queue_id, blobs)
    recipients = db.execute(
        "SELECT value, destination FROM recipient WHERE message = ? AND state IN ('waiting', 'held') ORDER BY number", (queue_id,)
    )
    return replace(found, recipients=tuple(recipient(value, destination) for value, destination in recipients))


class Change(NamedTuple):
    """A verb on recipients, at a moment."""

    verb: str
    argument: str
    now: float


def change(db: apsw.Connection, chosen: Sequence[tuple[QueueId, str]], wish: Change) -> tuple[int, list[str]]:
    """Change recipients that no runner holds: (how many changed, blobs nobody needs any more). Raises: Invalid."""
    _check(wish)
    touched: list[lanes.Lane] = []
    for queue_id, address in chosen:
        where = "message = ?3 AND (?4 = '' OR address = ?4)"
        touched += _changed(db, wish, where, (queue_id, address))
    return len(touched), _settled(db, wish, touched, {queue_id for queue_id, _ in chosen})


def change_some(db: apsw.Connection, wanted: Wanted, wish: Change, after: Position) -> tuple[int, list[str], Position | None]:
    """Change a portion of what is wanted: (how many changed, blobs, where to go on). Raises: Invalid."""
    _check(wish)
    page = rows(db, wanted, after, CHANGED)
    touched: list[lanes.Lane] = []
    for row in page.rows:
        touched += _changed(db, wish, "message = ?3 AND number = ?4", (row.id, row.number))
    return len(touched), _settled(db, wish, touched, {row.id for row in page.rows}), page.after


def _check(wish: Change) -> None:
    if wish.verb not in _CHANGES:
        raise Invalid(f"there is no queue verb {wish.verb}: use {', '.join(_CHANGES)}")


def _changed(db: apsw.Connection, wish: Change, where: str, values: tuple[object, ...]) -> list[lanes.Lane]:
    assignment, condition = _CHANGES[wish.verb]
    old: list[Any] = []
    if wish.verb == "reroute":
        old = db.execute(
            f"SELECT destination, priority FROM recipient WHERE {where} AND {condition} AND ?2 IS NOT NULL",
            (wish.now, wish.argument, *values),
        ).fetchall()
    done: list[Any] = db.execute(
        f"UPDATE recipient SET {assignment} WHERE {where} AND {condition} AND ?2 IS NOT NULL RETURNING destination, priority",
        (wish.now, wish.argument, *values),
    ).fetchall()
    lanes.refresh(db, set(old))
    return done


def _settled(db: apsw.Connection, wish: Change, touched: Iterable[lanes.Lane], ids: Iterable[QueueId]) -> list[str]:
    lanes.refresh(db, set(touched))
    return finished(db, ids) if wish.verb == "purge" else []
