"""Throwing away what nobody can ask for any more."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from posthouse.adapters.sql.postgres.server import Database
from posthouse.adapters.sql.rooms import rooms_of

PAGE = 1_000


class Purged(NamedTuple):
    """What one transaction has forgotten."""

    placements: int
    blobs: list[str]
    """Blobs that nobody needs any more."""
    threads: list[bytes]
    """Threads that have lost a message."""


async def purge(db: Database, account: int, before: float, projections: Sequence[str]) -> Purged:
    """Forget a page of messages expunged before a time."""
    row = await db.fetchrow(_PURGE, account, before)
    assert row is not None
    if not row[1]:
        return Purged(row[0], [], [])
    rooms = "".join(
        f", of_{table} AS (DELETE FROM {table} r USING gone WHERE r.account = $1 AND r.email = gone.number)"
        for table in ("body", *rooms_of(projections))
    )
    gone = await db.fetch(
        f"""
        WITH gone AS (DELETE FROM email WHERE account = $1 AND number = ANY($2::bigint[]) RETURNING number, blob, thread_id){rooms}
        SELECT blob, thread_id FROM gone
        """,
        account,
        row[1],
    )
    return Purged(row[0], [blob for blob, _ in gone if blob is not None], [thread for _, thread in gone])


async def forget_message_ids(db: Database, account: int, threads: Iterable[bytes]) -> None:
    """Forget the Message-IDs that lead to those of ``threads`` that have no message any more.

    Looks at every message of the account once; an index for this would cost every delivery a page.
    """
    await db.execute(
        """
        WITH dead AS (
            SELECT t.id FROM unnest($2::bytea[]) AS t(id) EXCEPT SELECT thread_id FROM email WHERE account = $1
        )
        DELETE FROM message_id WHERE account = $1 AND thread_id IN (SELECT id FROM dead)
        """,
        account,
        list(threads),
    )


_PURGE = f"""
    WITH old AS (
        SELECT ctid AS place FROM expunged WHERE account = $1 AND expunged_at < $2 LIMIT {PAGE}
    ),
    gone AS (
        DELETE FROM expunged x WHERE x.ctid = ANY(ARRAY(SELECT place FROM old)) RETURNING x.mailbox, x.email, x.mod_sequence
    ),
    forgotten AS (
        UPDATE mailbox m SET horizon = greatest(m.horizon, g.mod_sequence)
        FROM (SELECT mailbox, max(mod_sequence) AS mod_sequence FROM gone GROUP BY mailbox) AS g
        WHERE m.account = $1 AND m.number = g.mailbox
    ),
    held AS (
        UPDATE email e
        SET holders = e.holders - CASE WHEN (SELECT count(*) = count(DISTINCT email) FROM gone) THEN 1
                                       ELSE (SELECT count(*) FROM gone g WHERE g.email = e.number) END
        WHERE e.account = $1 AND e.number = ANY(ARRAY(SELECT email FROM gone)) RETURNING e.number, e.holders
    )
    SELECT (SELECT count(*) FROM gone), (SELECT array_agg(number) FROM held WHERE holders = 0)
"""
"""How many placements were forgotten, and which messages nobody holds any more."""
