"""The transaction that changes flags."""

from collections.abc import Sequence
from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import count, mailbox_row, next_mod_sequence, totals
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection, select_uids
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import FlagChange, FlagOperation, FlagsStored, PlacementPage

_EXPRESSIONS = {FlagOperation.ADD: "flags | ?", FlagOperation.REMOVE: "flags & ~?", FlagOperation.REPLACE: "?"}


def store_flags(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange) -> FlagsStored:
    """Change flags, one statement for each distinct set of keywords among the messages."""
    mailbox = mailbox_row(db, mailbox_id).number
    chosen = select_uids(uids)
    modified = _modified(db, mailbox, chosen, change)
    mod_sequence = next_mod_sequence(db, epoch)
    before = totals(db, mailbox, chosen)
    rows: list[tuple[Any, ...]] = []
    held = db.execute(
        f"SELECT DISTINCT keywords FROM placement WHERE mailbox = ? AND {chosen.condition}", (mailbox, *chosen.bindings)
    ).fetchall()
    for (keywords,) in held:
        rows += _store(db, mailbox, chosen, change, (str(keywords), _changed(str(keywords), change)), mod_sequence)
    rows.sort()
    if rows:
        count(db, mailbox, totals(db, mailbox, chosen).minus(before), mod_sequence)
    return FlagsStored(
        PlacementPage([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [mod_sequence] * len(rows)),
        modified,
    )


def _store(
    db: apsw.Connection, mailbox: int, chosen: Selection, change: FlagChange, keywords: tuple[str, str], mod_sequence: int
) -> list[tuple[Any, ...]]:
    old, new = keywords
    expression = _EXPRESSIONS[change.operation]
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
    else:
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
