"""What viewers of shared mailboxes have seen: theirs alone, beside the flags that everybody shares.

A message that a viewer has neither seen nor un-seen has no row, and is unseen to them.
"""

from collections.abc import Mapping

from posthouse.adapters.sql.postgres.accounts.transactions.counting import SEEN
from posthouse.adapters.sql.postgres.accounts.transactions.selection import Selection
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.ids import AccountId

JOIN = "LEFT JOIN viewer_seen s ON s.account = p.account AND s.viewer = ${} AND s.mailbox = p.mailbox AND s.uid = p.uid"
"""Joined to a placement ``p``; to be formatted with the number of the binding that is the viewer."""
FLAGS = f"(p.flags & ~{SEEN}) | coalesce(s.seen, 0)"
MOD_SEQUENCE = "greatest(p.mod_sequence, s.mod_sequence)"


async def set_seen(
    db: Database, place: tuple[int, int], viewer: AccountId, chosen: Selection, stamp: tuple[bool, int]
) -> list[int]:
    """Set what a viewer has seen among live messages of a mailbox; returns the UIDs for which that is new.

    ``place`` is account and mailbox, ``stamp`` whether they are seen, and the modification sequence.
    """
    uids: list[int] | None = await db.fetchval(
        f"""
        WITH changed AS (
            INSERT INTO viewer_seen (account, viewer, mailbox, uid, mod_sequence, seen)
            SELECT $1, $5, $2, p.uid, $7::bigint, $6::integer FROM placement p {JOIN.format(5)}
            WHERE p.account = $1 AND p.mailbox = $2 AND {chosen.on("p.uid")} AND coalesce(s.seen, 0) <> $6
            ON CONFLICT (account, viewer, mailbox, uid)
            DO UPDATE SET seen = excluded.seen, mod_sequence = excluded.mod_sequence
            RETURNING uid
        ),
        tallied AS (
            INSERT INTO viewer_mailbox (account, mailbox, viewer, seen)
            SELECT $1, $2, $5, count(*) * CASE $6 WHEN 1 THEN 1 ELSE -1 END FROM changed HAVING count(*) > 0
            ON CONFLICT (account, mailbox, viewer) DO UPDATE SET seen = viewer_mailbox.seen + excluded.seen
        ),
        counted AS (
            UPDATE mailbox SET viewers = 1, mod_sequence = $7
            WHERE account = $1 AND number = $2 AND EXISTS (SELECT FROM changed)
        )
        SELECT array_agg(uid ORDER BY uid) FROM changed
        """,
        *place,
        *chosen.bindings,
        viewer,
        int(stamp[0]),
        stamp[1],
    )
    return uids or []


async def carry(db: Database, place: tuple[int, int], target: int, copies: Mapping[int, int], mod_sequence: int) -> None:
    """Let every viewer have seen the copies of what they have seen; ``copies`` are the new UIDs by the old ones."""
    account, source = place
    rows = await db.fetch(
        """
        SELECT v.viewer, array_agg(s.uid) FROM viewer_mailbox v
        JOIN viewer_seen s ON s.account = v.account AND s.viewer = v.viewer AND s.mailbox = v.mailbox
        WHERE v.account = $1 AND v.mailbox = $2 AND s.seen = 1 AND s.uid = ANY($3::bigint[]) GROUP BY v.viewer
        """,
        account,
        source,
        list(copies),
    )
    for viewer, uids in rows:
        await db.execute(
            "INSERT INTO viewer_seen SELECT $1, $2, $3, uid, $4, 1 FROM unnest($5::bigint[]) AS c(uid)",
            account,
            viewer,
            target,
            mod_sequence,
            [copies[uid] for uid in uids],
        )
        await db.execute(
            """
            INSERT INTO viewer_mailbox (account, mailbox, viewer, seen) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account, mailbox, viewer) DO UPDATE SET seen = viewer_mailbox.seen + excluded.seen
            """,
            account,
            target,
            viewer,
            len(uids),
        )
    if rows:
        await db.execute("UPDATE mailbox SET viewers = 1 WHERE account = $1 AND number = $2", account, target)


async def forget_viewers(db: Database, account: int, mailbox: int) -> None:
    """Forget the viewers of a mailbox that goes; what they have seen went with its messages."""
    await db.execute("DELETE FROM viewer_mailbox WHERE account = $1 AND mailbox = $2", account, mailbox)
