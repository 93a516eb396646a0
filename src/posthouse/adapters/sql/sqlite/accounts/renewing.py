"""A new incarnation: an older copy of an account goes on without ever saying two things under one number (docs/adr/0007)."""

from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.marks import Ceilings, Kept, Known, Mark
from posthouse.adapters.sql.sqlite.file import one

_MOVED = "SELECT uid, ?1 + row_number() OVER (ORDER BY uid) AS new, email FROM placement WHERE mailbox = ?2"
"""Old and new UIDs of a mailbox's messages, in the same order."""


def begin_incarnation(db: apsw.Connection, kept: Kept | None, mark: Mark, now: float) -> None:
    """Give every message a UID and a modification sequence that nobody can have seen.

    ``kept`` is what the mark says; None where it is lost. Then nothing is known of the numbers given out, and every UIDVALIDITY
    changes too. Runs inside a transaction.
    """
    ceilings, known = kept or Kept(Ceilings(0, 0, 0), Known(0, 0, 0, 0))
    mod_sequence, uid_sequence = one(db, "SELECT mod_sequence, uid_sequence FROM account")
    mod_sequence = max(mod_sequence, ceilings.mod_sequence, known.mod_sequence) + 1
    first_uid = max(uid_sequence, ceilings.uid_sequence)
    mailboxes: list[tuple[Any, ...]] = db.execute("SELECT number, messages FROM mailbox ORDER BY number").fetchall()
    uid_sequence = first_uid + sum(messages for _, messages in mailboxes)
    mark.cover(mod_sequence, uid_sequence)
    for number, _ in mailboxes:
        _renumber(db, number, first_uid, mod_sequence)
    # The clock names an incarnation, so that one nobody remembers is not named again; and it keeps UIDVALIDITY rising.
    db.execute(
        """
        UPDATE account SET incarnation = max(incarnation + 1, ?1, ?2), owner_epoch = max(owner_epoch, ?3), mod_sequence = ?4,
                           uid_sequence = ?5, uid_validity = max(uid_validity, ?6, ?1)
        """,
        (int(now), known.incarnation + 1, known.owner_epoch, mod_sequence, uid_sequence, known.uid_validity),
    )
    if kept is None:
        db.execute(
            """
            UPDATE mailbox SET uid_validity = (SELECT uid_validity FROM account)
                + (SELECT count(*) FROM mailbox m WHERE m.number <= mailbox.number)
            """
        )
        db.execute("UPDATE account SET uid_validity = (SELECT max(uid_validity) FROM mailbox)")


def _renumber(db: apsw.Connection, mailbox: int, first_uid: int, mod_sequence: int) -> None:
    """Move a mailbox's messages above ``first_uid``; what stood for them below counts as expunged and forgotten."""
    here = (first_uid, mailbox)
    db.execute(
        f"""
        UPDATE email SET first_uid = moved.new FROM ({_MOVED}) AS moved
        WHERE email.number = moved.email AND email.first_mailbox = ?2 AND email.first_uid = moved.uid
        """,
        here,
    )
    db.execute(
        f"""
        INSERT INTO viewer_seen (viewer, mailbox, uid, mod_sequence, seen)
        SELECT s.viewer, s.mailbox, moved.new, ?3, s.seen
        FROM ({_MOVED}) AS moved JOIN viewer_mailbox v ON v.mailbox = ?2
             JOIN viewer_seen s ON s.viewer = v.viewer AND s.mailbox = ?2 AND s.uid = moved.uid
        """,
        (*here, mod_sequence),
    )
    db.execute(
        """
        DELETE FROM viewer_seen WHERE uid <= ?1 AND mailbox = ?2
            AND viewer IN (SELECT viewer FROM viewer_mailbox WHERE mailbox = ?2)
        """,
        here,
    )
    (old,) = one(
        db,
        "SELECT count(*) FROM placement WHERE mailbox = ?1 AND uid < (SELECT recent_uid FROM mailbox WHERE number = ?1)",
        (mailbox,),
    )
    db.execute(
        f"""
        INSERT INTO placement (mailbox, uid, email, mod_sequence, flags, keywords, saved_at)
        SELECT ?2, moved.new, p.email, ?3, p.flags, p.keywords, p.saved_at
        FROM ({_MOVED}) AS moved JOIN placement p ON p.mailbox = ?2 AND p.uid = moved.uid
        """,
        (*here, mod_sequence),
    )
    db.execute("DELETE FROM placement WHERE uid <= ?1 AND mailbox = ?2", here)
    db.execute(
        """
        UPDATE mailbox SET uid_next = ?1 + messages + 1, recent_uid = ?1 + ?3 + 1, mod_sequence = ?4, horizon = ?4 WHERE number = ?2
        """,
        (*here, old, mod_sequence),
    )
