"""The transactions that change flags."""

from collections.abc import Sequence
from typing import Any

from posthouse.adapters.sql.postgres.accounts.transactions import viewing
from posthouse.adapters.sql.postgres.accounts.transactions.counting import DELETED, SEEN, mailbox_row
from posthouse.adapters.sql.postgres.accounts.transactions.selection import Selection, select_uids
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import FlagChange, FlagOperation, FlagsStored, PlacementPage

_FLAGS = {
    FlagOperation.ADD: "p.flags | $5::integer",
    FlagOperation.REMOVE: "p.flags & ~$5::integer",
    FlagOperation.REPLACE: "(p.flags & $8::integer) | ($5::integer & ~$8::integer)",
}
_KEYWORDS = {
    FlagOperation.ADD: "string_to_array(p.keywords, ' ') || $6::text[]",
    FlagOperation.REMOVE: "string_to_array(p.keywords, ' ')",
    FlagOperation.REPLACE: "$6::text[]",
}


async def store_flags(db: Database, account: int, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange) -> FlagsStored:
    """Change flags as the owner."""
    row = await _change(db, (account, mailbox_id), select_uids(uids), change)
    stored = row[1] or []
    return FlagsStored(PlacementPage(stored, row[2] or [], row[3] or [], [row[0]] * len(stored)), row[4] or [])


async def store_flags_as_viewer(
    db: Database, account: int, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange, viewer: AccountId
) -> FlagsStored:
    """Change flags as a viewer: Seen is the viewer's own, the rest is everybody's."""
    mailbox = (account, (await mailbox_row(db, account, mailbox_id)).number)
    modified, free = await _divided(db, mailbox, uids, change, viewer)
    shared = FlagChange(
        change.operation, change.flags & ~SEEN, change.keywords, None, change.preserved | SEEN, change.preserves_keywords
    )
    row = await _change(db, (account, mailbox_id), select_uids(free), shared)
    touched = set(row[1] or [])
    if SEEN & (~change.preserved if change.operation is FlagOperation.REPLACE else change.flags):
        seen = bool(change.flags & SEEN) and change.operation is not FlagOperation.REMOVE
        touched.update(await viewing.set_seen(db, mailbox, viewer, select_uids(free), (seen, row[0])))
    chosen = select_uids(sorted(touched))
    found = await db.fetch(
        f"""
        SELECT p.uid, {viewing.FLAGS}, p.keywords FROM placement p {viewing.JOIN.format(5)}
        WHERE p.account = $1 AND p.mailbox = $2 AND {chosen.on("p.uid")} ORDER BY p.uid
        """,
        *mailbox,
        *chosen.bindings,
        viewer,
    )
    page = PlacementPage([f[0] for f in found], [f[1] for f in found], [f[2] for f in found], [row[0]] * len(found))
    return FlagsStored(page, modified)


async def _change(db: Database, mailbox: tuple[int, MailboxId], chosen: Selection, change: FlagChange) -> tuple[Any, ...]:
    """Change shared flags: (modification sequence, UIDs, flags and keywords of those changed, UIDs left alone)."""
    row = await db.fetchrow(
        _statement(chosen, change),
        *mailbox,
        *chosen.bindings,
        change.flags,
        sorted(set(change.keywords)),
        change.unchanged_since,
        change.preserved,
    )
    assert row is not None
    if row[0] is None:
        raise NotFound("the mailbox does not exist")
    return row


def _statement(chosen: Selection, change: FlagChange) -> str:
    keywords = "p.keywords"
    replaces = change.operation is FlagOperation.REPLACE
    if change.keywords and not (replaces and change.preserves_keywords):
        without = "WHERE k <> ALL ($6::text[])" if change.operation is FlagOperation.REMOVE else ""
        keywords = f"""
            coalesce((SELECT string_agg(DISTINCT k COLLATE "C", ' ' ORDER BY k COLLATE "C")
                      FROM unnest({_KEYWORDS[change.operation]}) AS k {without}), '')
        """
    elif replaces and not change.preserves_keywords:
        keywords = "''"
    return _STORE.format(chosen=chosen.on("p.uid"), flags=_FLAGS[change.operation], keywords=keywords)


_STORE = f"""
    WITH box AS (SELECT number FROM mailbox WHERE account = $1 AND id = $2),
    bound AS (SELECT $5::integer, $6::text[], $8::integer),
    before AS (
        SELECT p.ctid AS place, p.uid, p.mod_sequence, p.flags AS old_flags, p.keywords AS old_keywords,
               {{flags}} AS flags, ({{keywords}}) COLLATE "C" AS keywords
        FROM placement p WHERE p.account = $1 AND p.mailbox = (SELECT number FROM box) AND {{chosen}}
    ),
    changed AS (
        SELECT * FROM before
        WHERE ($7::bigint IS NULL OR mod_sequence <= $7) AND (flags <> old_flags OR keywords <> old_keywords)
    ),
    taken AS (
        UPDATE account a SET mod_sequence = a.mod_sequence + 1 FROM box WHERE a.number = $1 RETURNING a.mod_sequence
    ),
    stored AS (
        UPDATE placement p SET flags = {{flags}}, keywords = {{keywords}}, mod_sequence = taken.mod_sequence
        FROM taken WHERE p.ctid = ANY(ARRAY(SELECT place FROM changed))
    ),
    counted AS (
        UPDATE mailbox m
        SET unseen = m.unseen + s.unseen, deleted = m.deleted + s.deleted, mod_sequence = taken.mod_sequence
        FROM taken, box, (
            SELECT count(*) AS messages,
                   count(*) FILTER (WHERE flags & {SEEN} = 0) - count(*) FILTER (WHERE old_flags & {SEEN} = 0) AS unseen,
                   count(*) FILTER (WHERE flags & {DELETED} <> 0) - count(*) FILTER (WHERE old_flags & {DELETED} <> 0) AS deleted
            FROM changed
        ) AS s
        WHERE m.account = $1 AND m.number = box.number AND s.messages > 0
    )
    SELECT (SELECT mod_sequence FROM taken),
           array_agg(uid ORDER BY uid), array_agg(flags ORDER BY uid), array_agg(keywords ORDER BY uid),
           (SELECT array_agg(uid ORDER BY uid) FROM before WHERE mod_sequence > $7)
    FROM changed
"""
"""``bound`` names bindings not every change asks for. Rows are found again by their places, not by a join (docs/adr/0009)."""


async def _divided(
    db: Database, mailbox: tuple[int, int], uids: Sequence[int], change: FlagChange, viewer: AccountId
) -> tuple[list[int], Sequence[int]]:
    """UIDs that have changed since to the viewer, and the others."""
    if change.unchanged_since is None:
        return [], uids
    chosen = select_uids(uids)
    modified: list[int] | None = await db.fetchval(
        f"""
        SELECT array_agg(p.uid ORDER BY p.uid) FROM placement p {viewing.JOIN.format(5)}
        WHERE p.account = $1 AND p.mailbox = $2 AND {chosen.on("p.uid")} AND {viewing.MOD_SEQUENCE} > $6
        """,
        *mailbox,
        *chosen.bindings,
        viewer,
        change.unchanged_since,
    )
    late = set(modified or [])
    return modified or [], [uid for uid in uids if uid not in late]
