"""Transactions that take messages into the queue and let them go."""

from typing import Any

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.queue import lanes
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import QueueId
from posthouse.model.content import Content, Spooled
from posthouse.model.delivery import QueuedMessage, Recipient

PACK = msgspec.msgpack.Encoder().encode
MESSAGE = msgspec.msgpack.Decoder(QueuedMessage)
_RECIPIENT = msgspec.msgpack.Decoder(Recipient)
_IS_OPEN = """
    SELECT 1 FROM recipient WHERE message = ?1 AND state = 'waiting' UNION ALL
    SELECT 1 FROM recipient WHERE message = ?1 AND state = 'held' LIMIT 1
"""


def enqueue(db: apsw.Connection, message: QueuedMessage, blob: str | None) -> bool:
    """Take a message, once; tells whether it was new. ``blob`` names its body where that is not kept in the database."""
    body = message.content.body
    kept = msgspec.structs.replace(message, recipients=(), content=Content(b"", message.content.pieces))
    added = db.execute(
        "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING 1",
        (
            message.id,
            PACK(kept),
            body if isinstance(body, bytes) else None,
            blob,
            message.content.body_octets,
            message.content.size_octets,
            message.received_at,
            message.reverse_path,
        ),
    ).fetchone()
    if added is None:
        return False
    due_at, priority = message.due_at, message.priority
    db.executemany(
        """
        INSERT INTO recipient (message, number, address, destination, value, state, next_attempt_at, priority)
        VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)
        """,
        [
            (message.id, number, recipient.address, recipient.destination, PACK(recipient), due_at, priority)
            for number, recipient in enumerate(message.recipients)
        ],
    )
    lanes.join(db, {(recipient.destination, priority) for recipient in message.recipients}, due_at, at_once=not message.release_at)
    return True


def load(db: apsw.Connection, queue_id: QueueId, blobs: str) -> QueuedMessage:
    """Read a message without its recipients. Raises: NotFound."""
    row: tuple[Any, ...] | None = db.execute(
        "SELECT value, body, blob, body_octets FROM message WHERE id = ?", (queue_id,)
    ).fetchone()
    if row is None:
        raise NotFound("the message is not in the queue")
    value, body, blob, body_octets = row
    message = MESSAGE.decode(value)
    octets = body if body is not None else Spooled(f"{blobs}/{blob}", body_octets)
    return msgspec.structs.replace(message, content=Content(octets, message.content.pieces))


def recipient(value: bytes, destination: str) -> Recipient:
    """Read a recipient; its destination may have been changed by hand since it came."""
    found = _RECIPIENT.decode(value)
    return found if found.destination == destination else msgspec.structs.replace(found, destination=destination)


def finish(db: apsw.Connection, queue_id: QueueId) -> str | None:
    """Forget a message none of whose recipients is open; returns the blob that nobody needs any more."""
    if db.execute(_IS_OPEN, (queue_id,)).fetchone() is not None:
        return None
    db.execute("DELETE FROM recipient WHERE message = ?", (queue_id,))
    row = db.execute("DELETE FROM message WHERE id = ? RETURNING blob", (queue_id,)).fetchone()
    return None if row is None or row[0] is None else str(row[0])
