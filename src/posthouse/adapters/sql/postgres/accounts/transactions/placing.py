"""Transactions that copy, move and expunge messages."""

from collections.abc import Sequence
from typing import NamedTuple

from posthouse.adapters.sql.postgres.accounts.transactions.counting import (
    DELETED,
    SEEN,
    Chosen,
    MailboxRow,
    charge,
    choose,
    mailbox_row,
    mailbox_rows,
    next_mod_sequence,
)
from posthouse.adapters.sql.postgres.accounts.transactions.selection import EVERYTHING, Selection, select_uids
from posthouse.adapters.sql.postgres.accounts.transactions.viewing import carry
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Placed


async def copy(
    db: Database, account: int, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId, now: float
) -> Placed:
    """Place messages in a mailbox too."""
    source, target = await mailbox_rows(db, account, [mailbox_id, destination])
    chosen = await choose(db, account, source.number, select_uids(uids))
    mod_sequence = await charge(db, account, chosen.size_octets, len(chosen.uids))
    await _place(db, account, (source, target), chosen, (mod_sequence, now))
    return _placed(target, chosen.uids, mod_sequence)


async def move(
    db: Database, account: int, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId, now: float
) -> Placed:
    """Place messages in a mailbox and expunge them here, in one transaction."""
    source, target = await mailbox_rows(db, account, [mailbox_id, destination])
    return await _move(db, account, (source, target), select_uids(uids), now)


async def move_all(db: Database, account: int, source: MailboxRow, target: MailboxRow, now: float) -> None:
    """Move every message of a mailbox."""
    placed = await _move(db, account, (source, target), EVERYTHING, now)
    # A change of both, even where nothing was in it.
    await db.execute(
        "UPDATE mailbox SET mod_sequence = $3 WHERE account = $1 AND number = ANY($2::bigint[])",
        account,
        [source.number, target.number],
        placed.mod_sequence,
    )


async def expunge(
    db: Database, account: int, mailbox_id: MailboxId, uids: Sequence[int] | None, forced: bool, now: float
) -> list[int]:
    """Move placements to ``expunged``; their messages live on until the time of undelete is over."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    chosen = EVERYTHING if uids is None else select_uids(uids)
    return await bury(db, (account, mailbox.number), chosen, now, Burial(0 if forced else DELETED, 1, 1))


class Burial(NamedTuple):
    """How messages are expunged."""

    marked: int = 0
    """Only those with one of these flags, where there are any."""
    charged: int = 0
    """1 to take them off the quota."""
    mod_sequences: int = 0
    """1 to take the next modification sequence, if there is a message; 0 for the one that was taken last."""


async def bury(db: Database, place: tuple[int, int], chosen: Selection, now: float, how: Burial) -> list[int]:
    """Expunge messages of a mailbox (``place`` is account and number), with what viewers have seen of them; returns their UIDs."""
    uids: list[int] | None = await db.fetchval(
        _BURY.format(chosen=chosen.on("p.uid")), *place, *chosen.bindings, how.marked, how.mod_sequences, how.charged, now
    )
    return uids or []


async def _move(db: Database, account: int, boxes: tuple[MailboxRow, MailboxRow], uids: Selection, now: float) -> Placed:
    source, target = boxes
    chosen = await choose(db, account, source.number, uids)
    mod_sequence = await next_mod_sequence(db, account)
    await _place(db, account, boxes, chosen, (mod_sequence, now))
    await bury(db, (account, source.number), select_uids(chosen.uids), now, Burial())
    return _placed(target, chosen.uids, mod_sequence)


def _placed(target: MailboxRow, source_uids: list[int], mod_sequence: int) -> Placed:
    uids = range(target.uid_next, target.uid_next + len(source_uids))
    return Placed(target.uid_validity, list(uids), source_uids, mod_sequence)


async def _place(
    db: Database, account: int, boxes: tuple[MailboxRow, MailboxRow], chosen: Chosen, stamp: tuple[int, float]
) -> None:
    """Insert placements with UIDs that ascend from the target's next one; ``stamp`` is modification sequence and time."""
    if not chosen.uids:
        return
    source, target = boxes
    selected = select_uids(chosen.uids)
    if source.viewers:
        copies = dict(zip(chosen.uids, range(target.uid_next, target.uid_next + len(chosen.uids)), strict=True))
        await carry(db, (account, source.number), target.number, copies, stamp[0])
    await db.execute(
        _PLACE.format(chosen=selected.on("p.uid")),
        account,
        source.number,
        *selected.bindings,
        target.number,
        target.uid_next,
        *stamp,
        len(chosen.uids),
        chosen.unseen,
        chosen.deleted,
        chosen.size_octets,
    )


_PLACE = """
    WITH chosen AS (
        SELECT p.uid, p.email, p.flags, p.keywords, $6::bigint + row_number() OVER (ORDER BY p.uid) - 1 AS new_uid
        FROM placement p WHERE p.account = $1 AND p.mailbox = $2 AND {chosen}
    ),
    held AS (
        UPDATE email e
        SET holders = e.holders + CASE WHEN (SELECT count(*) = count(DISTINCT email) FROM chosen) THEN 1
                                       ELSE (SELECT count(*) FROM chosen c WHERE c.email = e.number) END
        WHERE e.account = $1 AND e.number = ANY(ARRAY(SELECT email FROM chosen))
    ),
    placed AS (
        INSERT INTO placement (account, mailbox, uid, email, mod_sequence, flags, keywords, saved_at)
        SELECT $1, $5::bigint, new_uid, email, $7::bigint, flags, keywords, $8::double precision FROM chosen
    )
    UPDATE mailbox
    SET messages = messages + $9::bigint, unseen = unseen + $10::bigint, deleted = deleted + $11::bigint,
        size_octets = size_octets + $12::bigint, uid_next = uid_next + $9, mod_sequence = $7
    WHERE account = $1 AND number = $5
"""

_BURY = f"""
    WITH chosen AS (
        SELECT p.ctid AS place, p.uid, p.flags, e.size_octets
        FROM placement p JOIN email e ON e.account = p.account AND e.number = p.email
        WHERE p.account = $1 AND p.mailbox = $2 AND {{chosen}} AND ($5::integer = 0 OR p.flags & $5 <> 0)
    ),
    sums AS (
        SELECT count(*) AS messages, count(*) FILTER (WHERE flags & {SEEN} = 0) AS unseen,
               count(*) FILTER (WHERE flags & {DELETED} <> 0) AS deleted, coalesce(sum(size_octets), 0)::bigint AS size_octets
        FROM chosen
    ),
    taken AS (
        UPDATE account a
        SET mod_sequence = a.mod_sequence + $6::bigint, used_octets = a.used_octets - $7::bigint * sums.size_octets,
            used_messages = a.used_messages - $7 * sums.messages
        FROM sums WHERE a.number = $1 AND sums.messages > 0 RETURNING a.mod_sequence
    ),
    gone AS (
        DELETE FROM placement p WHERE p.ctid = ANY(ARRAY(SELECT place FROM chosen))
        RETURNING p.uid, p.email, p.flags, p.keywords, p.saved_at
    ),
    buried AS (
        INSERT INTO expunged (account, mailbox, uid, email, mod_sequence, flags, keywords, saved_at, expunged_at)
        SELECT $1, $2, g.uid, g.email, taken.mod_sequence, g.flags, g.keywords, g.saved_at, $8::double precision FROM gone g, taken
    ),
    forgotten AS (
        DELETE FROM viewer_seen s
        WHERE s.account = $1 AND s.viewer = ANY(ARRAY(SELECT viewer FROM viewer_mailbox WHERE account = $1 AND mailbox = $2))
              AND s.mailbox = $2 AND s.uid = ANY(ARRAY(SELECT uid FROM chosen))
        RETURNING s.viewer, s.seen
    ),
    tallied AS (
        UPDATE viewer_mailbox v SET seen = v.seen - f.seen
        FROM (SELECT viewer, sum(seen) AS seen FROM forgotten GROUP BY viewer) AS f
        WHERE v.account = $1 AND v.mailbox = $2 AND v.viewer = f.viewer
    ),
    counted AS (
        UPDATE mailbox m
        SET messages = m.messages - sums.messages, unseen = m.unseen - sums.unseen, deleted = m.deleted - sums.deleted,
            size_octets = m.size_octets - sums.size_octets, mod_sequence = taken.mod_sequence
        FROM sums, taken WHERE m.account = $1 AND m.number = $2
    )
    SELECT array_agg(uid ORDER BY uid) FROM chosen
"""
