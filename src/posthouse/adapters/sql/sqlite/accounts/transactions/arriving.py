"""Transactions that bring messages in: deliver and append."""

from collections.abc import Sequence

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.accounts.arrival import Arrival
from posthouse.adapters.sql.sqlite.accounts.schema import table_of
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import (
    DELETED,
    SEEN,
    MailboxRow,
    Totals,
    charge,
    count,
    mailbox_row,
    next_mod_sequence,
)
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import EmailId, MailboxId
from posthouse.model.delivery import Append, Delivered, Delivery, Outbound
from posthouse.model.mailbox import Placed

_OUTBOX = msgspec.msgpack.Encoder()


def deliver(
    db: apsw.Connection, epoch: int, delivery: Delivery, arrived: Arrival, projections: Sequence[str], now: float
) -> Delivered:
    """Deliver a message once, whatever happens."""
    known = db.execute(
        "SELECT e.id, m.id, e.first_uid FROM email e LEFT JOIN mailbox m ON m.number = e.first_mailbox WHERE e.delivery_id = ?",
        (delivery.delivery_id,),
    ).fetchone()
    if known is not None:
        return Delivered(EmailId(known[0]), MailboxId(known[1] or b""), known[2], repeated=True)
    charge(db, arrived.size_octets, 1)
    mod_sequence = next_mod_sequence(db, epoch)
    mailbox = _destination(db, delivery)
    number = _insert_email(db, arrived, delivery.received_at, mailbox, mailbox.uid_next, projections)
    db.execute(
        "UPDATE email SET trace_id = ?, delivery_id = ?, record = ? WHERE number = ?",
        (delivery.trace_id, delivery.delivery_id, delivery.record or None, number),
    )
    keywords = " ".join(sorted(delivery.keywords))
    db.execute(
        "INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?)",
        (mailbox.number, mailbox.uid_next, number, mod_sequence, delivery.flags, keywords, now),
    )
    count(db, mailbox.number, _totals(delivery.flags, arrived.size_octets), mod_sequence, 1)
    for item in delivery.consequences:
        db.execute("INSERT OR IGNORE INTO outbox VALUES (?, ?)", (item.id, _OUTBOX.encode(item)))
    return Delivered(arrived.email_id, mailbox.id, mailbox.uid_next)


def append(
    db: apsw.Connection,
    epoch: int,
    mailbox_id: MailboxId,
    items: Sequence[tuple[Append, Arrival]],
    projections: Sequence[str],
    now: float,
) -> Placed:
    """Put messages into a mailbox, all or none."""
    mailbox = mailbox_row(db, mailbox_id)
    mod_sequence = next_mod_sequence(db, epoch)
    charge(db, sum(arrived.size_octets for _, arrived in items), len(items))
    uids = []
    for uid, (item, arrived) in enumerate(items, mailbox.uid_next):
        number = _insert_email(db, arrived, item.received_at, mailbox, uid, projections)
        if item.trace_id is not None:
            db.execute("UPDATE email SET trace_id = ? WHERE number = ?", (item.trace_id, number))
        keywords = " ".join(sorted(item.keywords))
        db.execute(
            "INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?)",
            (mailbox.number, uid, number, mod_sequence, item.flags, keywords, now),
        )
        count(db, mailbox.number, _totals(item.flags, arrived.size_octets), mod_sequence, 1)
        uids.append(uid)
    return Placed(mailbox.uid_validity, uids, [], mod_sequence)


def _destination(db: apsw.Connection, delivery: Delivery) -> MailboxRow:
    row = db.execute(
        """
        SELECT number, id, uid_validity, uid_next FROM mailbox WHERE special_use IN (?, 'inbox')
        ORDER BY special_use = 'inbox' LIMIT 1
        """,
        (str(delivery.special_use),),
    ).fetchone()
    if row is None:
        raise NotFound("the account has no inbox")
    return MailboxRow(*row)


def _insert_email(
    db: apsw.Connection, arrived: Arrival, received_at: float, mailbox: MailboxRow, uid: int, projections: Sequence[str]
) -> int:
    thread_id = _thread(db, arrived)
    db.execute(
        """
        INSERT INTO email (id, thread_id, received_at, size_octets, body_octets, blob, pieces, first_mailbox, first_uid, holders)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        """,
        (
            arrived.email_id,
            thread_id,
            received_at,
            arrived.size_octets,
            arrived.body_octets,
            arrived.blob,
            arrived.pieces,
            mailbox.number,
            uid,
        ),
    )
    number = db.last_insert_rowid()
    if arrived.body is not None:
        db.execute("INSERT INTO body VALUES (?, ?)", (number, arrived.body))
    for name, octets in zip(projections, arrived.projections, strict=True):
        db.execute(f"INSERT INTO {table_of(name)} VALUES (?, ?)", (number, octets))
    return number


def _thread(db: apsw.Connection, arrived: Arrival) -> bytes:
    """The thread of the first Message-ID already known, else a new one named after the message."""
    thread_id: bytes | None = None
    unknown = []
    for identifier in arrived.message_ids:
        row = db.execute("SELECT thread_id FROM message_id WHERE hash = ?", (identifier,)).fetchone()
        if row is None:
            unknown.append(identifier)
        elif thread_id is None:
            thread_id = row[0]
    found = thread_id or bytes(arrived.email_id)
    for identifier in unknown:
        db.execute("INSERT INTO message_id VALUES (?, ?)", (identifier, found))
    return found


def _totals(flags: int, size_octets: int) -> Totals:
    return Totals(1, 0 if flags & SEEN else 1, 1 if flags & DELETED else 0, size_octets)


def outbox(db: apsw.Connection) -> list[Outbound]:
    """Consequences the queue has not confirmed, oldest first."""
    return [_ITEM.decode(item) for (item,) in db.execute("SELECT item FROM outbox ORDER BY id")]


_ITEM = msgspec.msgpack.Decoder(Outbound)
