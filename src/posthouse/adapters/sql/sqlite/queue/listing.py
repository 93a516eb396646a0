"""Transactions for people: what is in the queue, and changing it by hand."""

import re
from collections.abc import Sequence

import apsw
from msgspec.structs import replace

from posthouse.adapters.sql.sqlite.queue.keeping import MESSAGE, load, recipient
from posthouse.adapters.sql.sqlite.queue.leasing import finished
from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import QueueId
from posthouse.model.delivery import QueuedMessage, QueueRow, RecipientState

_SIGNS = re.compile("[=%_]")
"""What LIKE reads as something else than itself."""
_CHANGES = {
    "retry": ("next_attempt_at = ?1, begun = begun", "state = 'waiting' AND lease_until <= ?1"),
    "hold": ("state = 'held'", "state = 'waiting' AND lease_until <= ?1"),
    "release": ("state = 'waiting', next_attempt_at = ?1", "state = 'held'"),
    "purge": ("state = 'purged'", "state IN ('waiting', 'held') AND lease_until <= ?1"),
    "reroute": ("destination = ?2, next_attempt_at = ?1", "state IN ('waiting', 'held') AND lease_until <= ?1"),
}


def rows(db: apsw.Connection, pattern: str, after: bytes, limit: int, state: RecipientState | None) -> list[QueueRow]:
    """Recipients in the order of message ids."""
    wanted = "%" + _SIGNS.sub(r"=\g<0>", pattern) + "%"
    found = db.execute(
        """
        SELECT m.id, m.value, r.address, r.destination, r.state, r.attempts, m.received_at, r.next_attempt_at, m.size_octets,
               r.last_reply
        FROM message m JOIN recipient r ON r.message = m.id
        WHERE m.id > ? AND (? IS NULL OR r.state = ?) AND (r.address LIKE ? ESCAPE '=' OR m.reverse_path LIKE ? ESCAPE '=')
        ORDER BY m.id, r.number LIMIT ?
        """,
        (after, state and str(state), state and str(state), wanted, wanted, limit),
    )
    listed = []
    for id_, value, address, destination, status, *rest in found:
        message = MESSAGE.decode(value)
        listed.append(
            QueueRow(QueueId(id_), message.trace_id, message.reverse_path, address, destination, RecipientState(status), *rest)
        )
    return listed


def message(db: apsw.Connection, queue_id: QueueId, blobs: str) -> QueuedMessage:
    """A message with its open recipients."""
    found = load(db, queue_id, blobs)
    recipients = db.execute(
        "SELECT value, destination FROM recipient WHERE message = ? AND state IN ('waiting', 'held') ORDER BY number", (queue_id,)
    )
    return replace(found, recipients=tuple(recipient(value, destination) for value, destination in recipients))


def change(
    db: apsw.Connection, chosen: Sequence[tuple[QueueId, str]], verb: str, argument: str, now: float
) -> tuple[int, list[str]]:
    """Change recipients that no runner holds: (how many changed, blobs nobody needs any more). Raises: Invalid."""
    if verb not in _CHANGES:
        raise Invalid(f"there is no queue verb {verb}: use {', '.join(_CHANGES)}")
    assignment, condition = _CHANGES[verb]
    changed = 0
    for queue_id, address in chosen:
        statement = f"""
            UPDATE recipient SET {assignment}
            WHERE message = ?3 AND (?4 = '' OR address = ?4) AND {condition} AND ?2 IS NOT NULL RETURNING 1
        """
        changed += len(db.execute(statement, (now, argument, queue_id, address)).fetchall())
    return changed, finished(db, {queue_id for queue_id, _ in chosen}) if verb == "purge" else []
