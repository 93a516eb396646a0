"""What viewers of shared mailboxes have seen: theirs alone, beside the flags that everybody shares.

A message that a viewer has neither seen nor un-seen has no row, and is unseen to them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import SEEN, MailboxRow
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection, select_uids
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.ids import AccountId

JOIN = "LEFT JOIN viewer_seen s ON s.viewer = ? AND s.mailbox = p.mailbox AND s.uid = p.uid"
"""Joined to a placement ``p``; its binding is the viewer."""
FLAGS = f"(p.flags & ~{SEEN}) | coalesce(s.seen, 0)"
MOD_SEQUENCE = "max(p.mod_sequence, coalesce(s.mod_sequence, 0))"


def set_seen(
    db: apsw.Connection, mailbox: MailboxRow, viewer: AccountId, uids: Sequence[int], seen: bool, mod_sequence: int
) -> list[int]:
    """Set what a viewer has seen among live messages; returns the UIDs for which that is new."""
    chosen = select_uids(uids, "p.uid")
    rows = db.execute(
        f"""
        SELECT p.uid FROM placement p {JOIN}
        WHERE p.mailbox = ? AND {chosen.condition} AND coalesce(s.seen, 0) != ? ORDER BY p.uid
        """,
        (viewer, mailbox.number, *chosen.bindings, seen),
    )
    changed = [uid for (uid,) in rows]
    if changed:
        db.executemany(
            "INSERT OR REPLACE INTO viewer_seen (viewer, mailbox, uid, mod_sequence, seen) VALUES (?, ?, ?, ?, ?)",
            [(viewer, mailbox.number, uid, mod_sequence, seen) for uid in changed],
        )
        _count(db, mailbox.number, viewer, len(changed) if seen else -len(changed))
    return changed


def carry(db: apsw.Connection, source: MailboxRow, target: int, chosen: Selection, stamp: tuple[int, int]) -> None:
    """Let every viewer have seen the copies of what they have seen; ``stamp`` is the first new UID and the modification sequence.

    To be called before the copies are placed: they ascend as the originals do.
    """
    if not source.viewers:
        return
    first_uid, mod_sequence = stamp
    rows: list[tuple[Any, ...]] = db.execute(
        f"""
        INSERT INTO viewer_seen (viewer, mailbox, uid, mod_sequence, seen)
        SELECT s.viewer, ?, ? + p.position - 1, ?, 1
        FROM (SELECT uid, row_number() OVER (ORDER BY uid) AS position FROM placement WHERE mailbox = ? AND {chosen.condition}) p
        JOIN viewer_mailbox v ON v.mailbox = ?
        JOIN viewer_seen s ON s.viewer = v.viewer AND s.mailbox = v.mailbox AND s.uid = p.uid AND s.seen
        RETURNING viewer
        """,
        (target, first_uid, mod_sequence, source.number, *chosen.bindings, source.number),
    ).fetchall()
    for viewer, seen in Counter(viewer for (viewer,) in rows).items():
        _count(db, target, viewer, seen)


def forget(db: apsw.Connection, mailbox: MailboxRow, chosen: Selection) -> None:
    """Forget what viewers have seen of messages that go."""
    if not mailbox.viewers:
        return
    viewers: list[tuple[Any, ...]] = db.execute("SELECT viewer FROM viewer_mailbox WHERE mailbox = ?", (mailbox.number,)).fetchall()
    for (viewer,) in viewers:
        where = f"viewer = ? AND mailbox = ? AND {chosen.condition}"
        bindings = (viewer, mailbox.number, *chosen.bindings)
        (seen,) = one(db, f"SELECT coalesce(sum(seen), 0) FROM viewer_seen WHERE {where}", bindings)
        db.execute(f"DELETE FROM viewer_seen WHERE {where}", bindings)
        _count(db, mailbox.number, viewer, -seen)


def forget_all(db: apsw.Connection, mailbox: MailboxRow) -> None:
    """Forget the viewers of a mailbox that goes."""
    if mailbox.viewers:
        viewers = "(SELECT viewer FROM viewer_mailbox WHERE mailbox = ?1)"
        db.execute(f"DELETE FROM viewer_seen WHERE mailbox = ?1 AND viewer IN {viewers}", (mailbox.number,))
        db.execute("DELETE FROM viewer_mailbox WHERE mailbox = ?", (mailbox.number,))


def _count(db: apsw.Connection, mailbox: int, viewer: bytes, more: int) -> None:
    db.execute(
        """
        INSERT INTO viewer_mailbox (mailbox, viewer, seen) VALUES (?1, ?2, ?3)
        ON CONFLICT (mailbox, viewer) DO UPDATE SET seen = seen + excluded.seen
        """,
        (mailbox, viewer, more),
    )
    db.execute("UPDATE mailbox SET viewers = 1 WHERE number = ? AND viewers = 0", (mailbox,))
