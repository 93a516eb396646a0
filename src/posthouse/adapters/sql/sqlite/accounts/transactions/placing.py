"""Transactions that copy, move and expunge messages."""

from collections.abc import Sequence

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions import viewing
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import (
    DELETED,
    MailboxRow,
    Totals,
    begin_arrival,
    charge,
    count,
    mailbox_row,
    next_mod_sequence,
    totals,
)
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection, select_uids
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Placed


def copy(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId, now: float) -> Placed:
    """Place messages in a mailbox too."""
    source, target = mailbox_row(db, mailbox_id), mailbox_row(db, destination)
    source_uids = _present(db, source.number, select_uids(uids))
    chosen = select_uids(source_uids)
    sums = totals(db, source.number, chosen)
    mod_sequence = begin_arrival(db, epoch, sums.size_octets, sums.messages)
    if source_uids:
        _place(db, source, target, chosen, (mod_sequence, now))
        count(db, target.number, sums, mod_sequence, len(source_uids))
    return _placed(target, source_uids, mod_sequence)


def move(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId, now: float) -> Placed:
    """Place messages in a mailbox and expunge them here, in one transaction."""
    source, target = mailbox_row(db, mailbox_id), mailbox_row(db, destination)
    source_uids = _present(db, source.number, select_uids(uids))
    chosen = select_uids(source_uids)
    mod_sequence = next_mod_sequence(db, epoch, len(source_uids))
    if source_uids:
        sums = totals(db, source.number, chosen)
        _place(db, source, target, chosen, (mod_sequence, now))
        count(db, target.number, sums, mod_sequence, len(source_uids))
        bury(db, source, chosen, mod_sequence, now)
        count(db, source.number, Totals().minus(sums), mod_sequence)
    return _placed(target, source_uids, mod_sequence)


def move_all(db: apsw.Connection, epoch: int, source: MailboxRow, target: MailboxRow, now: float) -> None:
    """Move every message of a mailbox."""
    everything = Selection("1", ())
    sums = totals(db, source.number, everything)
    mod_sequence = next_mod_sequence(db, epoch, sums.messages)
    _place(db, source, target, everything, (mod_sequence, now))
    bury(db, source, everything, mod_sequence, now)
    count(db, source.number, Totals().minus(sums), mod_sequence)
    count(db, target.number, sums, mod_sequence, sums.messages)


def expunge(
    db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int] | None, forced: bool, now: float
) -> list[int]:
    """Move placements to ``expunged``; their messages live on until the time of undelete is over."""
    mailbox = mailbox_row(db, mailbox_id)
    if uids is None and not forced:
        gone = _deleted(db, mailbox.number)
    else:
        chosen = Selection("1", ()) if uids is None else select_uids(uids)
        if not forced:
            chosen = Selection(f"{chosen.condition} AND flags & {DELETED} != 0", chosen.bindings)
        gone = _present(db, mailbox.number, chosen)
    if gone:
        chosen = select_uids(gone)
        mod_sequence = next_mod_sequence(db, epoch)
        sums = totals(db, mailbox.number, chosen)
        bury(db, mailbox, chosen, mod_sequence, now)
        count(db, mailbox.number, Totals().minus(sums), mod_sequence)
        charge(db, -sums.size_octets, -sums.messages)
    return gone


def bury(db: apsw.Connection, mailbox: MailboxRow, chosen: Selection, mod_sequence: int, now: float) -> None:
    """Move placements to ``expunged``; counters are the caller's."""
    db.execute(
        f"""
        INSERT INTO expunged SELECT mailbox, uid, email, ?, flags, keywords, saved_at, ? FROM placement
        WHERE mailbox = ? AND {chosen.condition}
        """,
        (mod_sequence, now, mailbox.number, *chosen.bindings),
    )
    db.execute(f"DELETE FROM placement WHERE mailbox = ? AND {chosen.condition}", (mailbox.number, *chosen.bindings))
    viewing.forget(db, mailbox, chosen)


def _deleted(db: apsw.Connection, mailbox: int) -> list[int]:
    """All messages with the Deleted flag; the index knows them without a look at the others."""
    rows = db.execute(
        f"SELECT uid FROM placement INDEXED BY placement_deleted WHERE mailbox = ? AND flags & {DELETED} != 0 ORDER BY uid",
        (mailbox,),
    )
    return [uid for (uid,) in rows]


def _present(db: apsw.Connection, mailbox: int, chosen: Selection) -> list[int]:
    rows = db.execute(
        f"SELECT uid FROM placement WHERE mailbox = ? AND {chosen.condition} ORDER BY uid", (mailbox, *chosen.bindings)
    )
    return [uid for (uid,) in rows]


def _placed(target: MailboxRow, source_uids: list[int], mod_sequence: int) -> Placed:
    uids = range(target.uid_next, target.uid_next + len(source_uids))
    return Placed(target.uid_validity, list(uids), source_uids, mod_sequence)


def _place(db: apsw.Connection, source: MailboxRow, target: MailboxRow, chosen: Selection, stamp: tuple[int, float]) -> None:
    """Insert placements with UIDs that ascend from the target's next one; ``stamp`` is modification sequence and time."""
    here = (source.number, *chosen.bindings)
    # Counted before the insert: source and target may be the same mailbox.
    db.execute(
        f"""
        UPDATE email SET holders = holders + 1
        WHERE number IN (SELECT email FROM placement WHERE mailbox = ? AND {chosen.condition})
        """,
        here,
    )
    twice = db.execute(
        f"""
        SELECT email, count(*) - 1 FROM placement WHERE mailbox = ? AND {chosen.condition} GROUP BY email HAVING count(*) > 1
        """,
        here,
    ).fetchall()
    db.executemany("UPDATE email SET holders = holders + ? WHERE number = ?", [(extra, email) for email, extra in twice])
    viewing.carry(db, source, target.number, chosen, (target.uid_next, stamp[0]))
    db.execute(
        f"""
        INSERT INTO placement
        SELECT ?, ? + row_number() OVER (ORDER BY uid) - 1, email, ?, flags, keywords, ? FROM placement
        WHERE mailbox = ? AND {chosen.condition}
        """,
        (target.number, target.uid_next, *stamp, *here),
    )
