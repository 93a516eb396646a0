"""Transactions that copy, move and expunge messages."""

from collections.abc import Sequence

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import (
    DELETED,
    Totals,
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
    chosen = select_uids(_present(db, source.number, select_uids(uids)))
    mod_sequence = next_mod_sequence(db, epoch)
    sums = totals(db, source.number, chosen)
    charge(db, sums.size_octets, sums.messages)
    source_uids = _place(db, source.number, target.number, chosen, (target.uid_next, mod_sequence, now))
    if source_uids:
        count(db, target.number, sums, mod_sequence, len(source_uids))
    return Placed(target.uid_validity, list(range(target.uid_next, target.uid_next + len(source_uids))), source_uids, mod_sequence)


def move(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId, now: float) -> Placed:
    """Place messages in a mailbox and expunge them here, in one transaction."""
    source, target = mailbox_row(db, mailbox_id), mailbox_row(db, destination)
    chosen = select_uids(_present(db, source.number, select_uids(uids)))
    mod_sequence = next_mod_sequence(db, epoch)
    sums = totals(db, source.number, chosen)
    source_uids = _place(db, source.number, target.number, chosen, (target.uid_next, mod_sequence, now))
    if source_uids:
        count(db, target.number, sums, mod_sequence, len(source_uids))
        bury(db, source.number, chosen, mod_sequence, now)
        count(db, source.number, Totals().minus(sums), mod_sequence)
    return Placed(target.uid_validity, list(range(target.uid_next, target.uid_next + len(source_uids))), source_uids, mod_sequence)


def expunge(
    db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int] | None, forced: bool, now: float
) -> list[int]:
    """Move placements to ``expunged``; their messages live on until the time of undelete is over."""
    mailbox = mailbox_row(db, mailbox_id).number
    chosen = Selection("1", ()) if uids is None else select_uids(uids)
    if not forced:
        chosen = Selection(f"{chosen.condition} AND flags & {DELETED} != 0", chosen.bindings)
    gone = _present(db, mailbox, chosen)
    if gone:
        chosen = select_uids(gone)
        mod_sequence = next_mod_sequence(db, epoch)
        sums = totals(db, mailbox, chosen)
        bury(db, mailbox, chosen, mod_sequence, now)
        count(db, mailbox, Totals().minus(sums), mod_sequence)
        charge(db, -sums.size_octets, -sums.messages)
    return gone


def bury(db: apsw.Connection, mailbox: int, chosen: Selection, mod_sequence: int, now: float) -> None:
    """Move placements to ``expunged``; counters are the caller's."""
    db.execute(
        f"""
        INSERT INTO expunged SELECT mailbox, uid, email, ?, flags, keywords, saved_at, ? FROM placement
        WHERE mailbox = ? AND {chosen.condition}
        """,
        (mod_sequence, now, mailbox, *chosen.bindings),
    )
    db.execute(f"DELETE FROM placement WHERE mailbox = ? AND {chosen.condition}", (mailbox, *chosen.bindings))


def _present(db: apsw.Connection, mailbox: int, chosen: Selection) -> list[int]:
    rows = db.execute(
        f"SELECT uid FROM placement WHERE mailbox = ? AND {chosen.condition} ORDER BY uid", (mailbox, *chosen.bindings)
    )
    return [uid for (uid,) in rows]


def _place(db: apsw.Connection, source: int, target: int, chosen: Selection, stamp: tuple[int, int, float]) -> list[int]:
    """Insert placements with ascending UIDs; returns the UIDs they were copied from."""
    first_uid, mod_sequence, now = stamp
    source_uids = _present(db, source, chosen)
    # Counted before the insert: source and target may be the same mailbox.
    db.execute(
        f"""
        UPDATE email SET holders = holders + 1
        WHERE number IN (SELECT email FROM placement WHERE mailbox = ? AND {chosen.condition})
        """,
        (source, *chosen.bindings),
    )
    twice = db.execute(
        f"""
        SELECT email, count(*) - 1 FROM placement WHERE mailbox = ? AND {chosen.condition} GROUP BY email HAVING count(*) > 1
        """,
        (source, *chosen.bindings),
    ).fetchall()
    db.executemany("UPDATE email SET holders = holders + ? WHERE number = ?", [(extra, email) for email, extra in twice])
    db.execute(
        f"""
        INSERT INTO placement
        SELECT ?, ? + row_number() OVER (ORDER BY uid) - 1, email, ?, flags, keywords, ? FROM placement
        WHERE mailbox = ? AND {chosen.condition}
        """,
        (target, first_uid, mod_sequence, now, source, *chosen.bindings),
    )
    return source_uids
