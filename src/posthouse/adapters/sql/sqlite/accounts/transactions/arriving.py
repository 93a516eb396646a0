"""Transactions that bring messages in: deliver and append."""

from collections.abc import Sequence
from typing import NamedTuple

import apsw
import msgspec

from posthouse.adapters.sql.arrival import Arrival
from posthouse.adapters.sql.sqlite.accounts.schema import keep_projections
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import (
    DELETED,
    SEEN,
    MailboxRow,
    Totals,
    begin_arrival,
    count,
    mailbox_row,
    totals,
)
from posthouse.adapters.sql.sqlite.accounts.transactions.placing import bury
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import select_uids
from posthouse.adapters.sql.sqlite.accounts.transactions.viewing import set_seen
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, EmailId, MailboxId
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
    mod_sequence = begin_arrival(db, epoch, arrived.size_octets, 1, over_quota=delivery.over_quota)
    mailbox = _receive(db, delivery, arrived.size_octets, mod_sequence)
    source = _Source(delivery.received_at, delivery.trace_id, delivery.delivery_id, delivery.record or None)
    number = _insert_email(db, arrived, source, (mailbox.number, mailbox.uid_next), projections)
    _place(db, (mailbox.number, mailbox.uid_next, number, mod_sequence), (delivery.flags, delivery.keywords), now)
    for item in delivery.consequences:
        db.execute("INSERT OR IGNORE INTO outbox VALUES (?, ?)", (item.id, _OUTBOX.encode(item)))
    return Delivered(arrived.email_id, mailbox.id, mailbox.uid_next)


class Putting(NamedTuple):
    """What somebody puts into a mailbox, and who: None is the owner."""

    items: Sequence[tuple[Append, Arrival]]
    projections: Sequence[str]
    now: float
    viewer: AccountId | None


def append(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, putting: Putting) -> Placed:
    """Put messages into a mailbox, all or none."""
    mailbox = mailbox_row(db, mailbox_id)
    mod_sequence = begin_arrival(db, epoch, sum(arrived.size_octets for _, arrived in putting.items), len(putting.items))
    return _put(db, mailbox, putting, mod_sequence)


def replace(db: apsw.Connection, epoch: int, original: tuple[MailboxId, int], destination: MailboxId, putting: Putting) -> Placed:
    """Put one message into a mailbox and expunge the one it replaces."""
    source, target = mailbox_row(db, original[0]), mailbox_row(db, destination)
    chosen = select_uids([original[1]])
    sums = totals(db, source.number, chosen)
    if not sums.messages:
        raise NotFound(f"there is no message {original[1]}")
    size_octets = putting.items[0][1].size_octets
    mod_sequence = begin_arrival(db, epoch, size_octets - sums.size_octets, 0, uids=1)
    placed = _put(db, target, putting, mod_sequence)
    bury(db, source, chosen, mod_sequence, putting.now)
    count(db, source.number, Totals().minus(sums), mod_sequence)
    return Placed(placed.uid_validity, placed.uids, [original[1]], mod_sequence)


def _put(db: apsw.Connection, mailbox: MailboxRow, putting: Putting, mod_sequence: int) -> Placed:
    """Insert messages at the mailbox's next UIDs and count them there; what a viewer has seen is new to the others."""
    sums = Totals()
    hidden = 0 if putting.viewer is None else SEEN
    for uid, (item, arrived) in enumerate(putting.items, mailbox.uid_next):
        source = _Source(item.received_at, item.trace_id, None, None)
        number = _insert_email(db, arrived, source, (mailbox.number, uid), putting.projections)
        _place(db, (mailbox.number, uid, number, mod_sequence), (item.flags & ~hidden, item.keywords), putting.now)
        sums = sums.plus(_totals(item.flags & ~hidden, arrived.size_octets))
    uids = list(range(mailbox.uid_next, mailbox.uid_next + len(putting.items)))
    if uids:
        count(db, mailbox.number, sums, mod_sequence, len(uids))
    if putting.viewer is not None:
        seen = [uid for uid, (item, _) in zip(uids, putting.items, strict=True) if item.flags & SEEN]
        set_seen(db, mailbox, putting.viewer, seen, True, mod_sequence)
    return Placed(mailbox.uid_validity, uids, [], mod_sequence)


class _Source(NamedTuple):
    """Where a message came from."""

    received_at: float
    trace_id: bytes | None
    delivery_id: bytes | None
    record: bytes | None


def _receive(db: apsw.Connection, delivery: Delivery, size_octets: int, mod_sequence: int) -> MailboxRow:
    """Take the next UID of the mailbox a delivery goes to, and count it there."""
    row = db.execute(
        """
        UPDATE mailbox SET messages = messages + 1, unseen = unseen + ?, deleted = deleted + ?, size_octets = size_octets + ?,
                           mod_sequence = ?, uid_next = uid_next + 1
        WHERE number = (SELECT number FROM mailbox WHERE special_use IN (?, 'inbox') ORDER BY special_use = 'inbox' LIMIT 1)
        RETURNING number, id, uid_validity, uid_next - 1
        """,
        (*_totals(delivery.flags, size_octets)[1:], mod_sequence, str(delivery.special_use)),
    ).fetchone()
    if row is None:
        raise NotFound("the account has no inbox")
    return MailboxRow(*row)


def _place(db: apsw.Connection, where: tuple[int, int, int, int], marked: tuple[int, tuple[str, ...]], now: float) -> None:
    """Insert a placement: ``where`` is mailbox, UID, message, modification sequence; ``marked`` flags and keywords."""
    flags, keywords = marked
    db.execute("INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?)", (*where, flags, " ".join(sorted(keywords)), now))


def _insert_email(
    db: apsw.Connection, arrived: Arrival, source: _Source, first: tuple[int, int], projections: Sequence[str]
) -> int:
    """Insert a message with its body and projections; ``first`` are the mailbox and UID of its first placement."""
    db.execute(
        """
        INSERT INTO email (id, thread_id, received_at, size_octets, body_octets, blob, pieces, trace_id, delivery_id, record,
                           first_mailbox, first_uid, holders)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        """,
        (
            arrived.email_id,
            _thread(db, arrived),
            source.received_at,
            arrived.size_octets,
            arrived.body_octets,
            arrived.blob,
            arrived.pieces,
            source.trace_id,
            source.delivery_id,
            source.record,
            *first,
        ),
    )
    number = db.last_insert_rowid()
    if arrived.body is not None:
        db.execute("INSERT INTO body VALUES (?, ?)", (number, arrived.body))
    keep_projections(db, number, projections, arrived.projections)
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
