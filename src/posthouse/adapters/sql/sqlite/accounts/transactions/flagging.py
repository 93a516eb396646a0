"""The transactions that change flags."""

from collections.abc import Sequence
from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions import viewing
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import SEEN, Totals, count, mailbox_row, next_mod_sequence, totals
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection, select_uids
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import FlagChange, FlagOperation, FlagsStored, PlacementPage

_EXPRESSIONS = {FlagOperation.ADD: "flags | ?", FlagOperation.REMOVE: "flags & ~?", FlagOperation.REPLACE: "?"}


def store_flags(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange) -> FlagsStored:
    """Change flags as the owner."""
    mailbox = mailbox_row(db, mailbox_id).number
    chosen = select_uids(uids)
    modified = _modified(db, mailbox, chosen, change)
    mod_sequence = next_mod_sequence(db, epoch)
    rows, sums = _change(db, mailbox, chosen, change, mod_sequence)
    if rows:
        count(db, mailbox, sums, mod_sequence)
    return FlagsStored(
        PlacementPage([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [mod_sequence] * len(rows)),
        modified,
    )


def store_flags_as_viewer(
    db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange, viewer: AccountId
) -> FlagsStored:
    """Change flags as a viewer: Seen is the viewer's own, the rest is everybody's."""
    mailbox = mailbox_row(db, mailbox_id)
    modified, free = _divided(db, mailbox.number, uids, change, viewer)
    mod_sequence = next_mod_sequence(db, epoch)
    shared = FlagChange(
        change.operation, change.flags & ~SEEN, change.keywords, None, change.preserved | SEEN, change.preserves_keywords
    )
    rows, sums = _change(db, mailbox.number, select_uids(free), shared, mod_sequence)
    touched = {row[0] for row in rows}
    if SEEN & (~change.preserved if change.operation is FlagOperation.REPLACE else change.flags):
        seen = bool(change.flags & SEEN) and change.operation is not FlagOperation.REMOVE
        touched.update(viewing.set_seen(db, mailbox, viewer, free, seen, mod_sequence))
    if touched:
        count(db, mailbox.number, sums, mod_sequence)
    chosen = select_uids(sorted(touched), "p.uid")
    found: list[tuple[Any, ...]] = db.execute(
        f"""
        SELECT p.uid, {viewing.FLAGS}, p.keywords FROM placement p {viewing.JOIN}
        WHERE p.mailbox = ? AND {chosen.condition} ORDER BY p.uid
        """,
        (viewer, mailbox.number, *chosen.bindings),
    ).fetchall()
    page = PlacementPage([f[0] for f in found], [f[1] for f in found], [f[2] for f in found], [mod_sequence] * len(found))
    return FlagsStored(page, modified)


def _change(
    db: apsw.Connection, mailbox: int, chosen: Selection, change: FlagChange, mod_sequence: int
) -> tuple[list[tuple[Any, ...]], Totals]:
    """Change shared flags, one statement for each distinct set of keywords: (UID, flags, keywords) changed, and what to count."""
    before = totals(db, mailbox, chosen)
    rows: list[tuple[Any, ...]] = []
    held = db.execute(
        f"SELECT DISTINCT keywords FROM placement WHERE mailbox = ? AND {chosen.condition}", (mailbox, *chosen.bindings)
    ).fetchall()
    for (keywords,) in held:
        rows += _store(db, mailbox, chosen, change, (str(keywords), _changed(str(keywords), change)), mod_sequence)
    rows.sort()
    return rows, totals(db, mailbox, chosen).minus(before) if rows else Totals()


def _store(
    db: apsw.Connection, mailbox: int, chosen: Selection, change: FlagChange, keywords: tuple[str, str], mod_sequence: int
) -> list[tuple[Any, ...]]:
    old, new = keywords
    expression = _EXPRESSIONS[change.operation]
    if change.operation is FlagOperation.REPLACE and change.preserved:
        expression = f"(flags & {int(change.preserved)}) | (? & ~{int(change.preserved)})"
    unchanged = "" if change.unchanged_since is None else "AND mod_sequence <= ?"
    return db.execute(
        f"""
        UPDATE placement SET flags = {expression}, keywords = ?, mod_sequence = ?
        WHERE mailbox = ? AND {chosen.condition} AND keywords = ? AND mod_sequence < ? {unchanged}
              AND (flags != ({expression}) OR keywords != ?)
        RETURNING uid, flags, keywords
        """,
        (
            change.flags,
            new,
            mod_sequence,
            mailbox,
            *chosen.bindings,
            old,
            mod_sequence,  # what this command has changed already is not looked at again under its new keywords
            *(() if change.unchanged_since is None else (change.unchanged_since,)),
            change.flags,
            new,
        ),
    ).fetchall()


def _changed(keywords: str, change: FlagChange) -> str:
    held = set(keywords.split())
    if change.operation is FlagOperation.ADD:
        held.update(change.keywords)
    elif change.operation is FlagOperation.REMOVE:
        held.difference_update(change.keywords)
    elif not change.preserves_keywords:
        held = set(change.keywords)
    return " ".join(sorted(held))


def _modified(db: apsw.Connection, mailbox: int, chosen: Selection, change: FlagChange) -> list[int]:
    if change.unchanged_since is None:
        return []
    rows = db.execute(
        f"SELECT uid FROM placement WHERE mailbox = ? AND {chosen.condition} AND mod_sequence > ? ORDER BY uid",
        (mailbox, *chosen.bindings, change.unchanged_since),
    )
    return [uid for (uid,) in rows]


def _divided(
    db: apsw.Connection, mailbox: int, uids: Sequence[int], change: FlagChange, viewer: AccountId
) -> tuple[list[int], Sequence[int]]:
    """UIDs that have changed since to the viewer, and the others."""
    if change.unchanged_since is None:
        return [], uids
    chosen = select_uids(uids, "p.uid")
    rows = db.execute(
        f"""
        SELECT p.uid FROM placement p {viewing.JOIN}
        WHERE p.mailbox = ? AND {chosen.condition} AND {viewing.MOD_SEQUENCE} > ? ORDER BY p.uid
        """,
        (viewer, mailbox, *chosen.bindings, change.unchanged_since),
    )
    modified = [uid for (uid,) in rows]
    late = set(modified)
    return modified, [uid for uid in uids if uid not in late]
