"""What every writing verb does: take the next modification sequence, find the mailbox, keep its counters.

All of it happens under the lock of the account's row, so what was read stays true until the commit.
"""

from collections.abc import Sequence
from typing import NamedTuple

from posthouse.adapters.sql.postgres.accounts.transactions.selection import Selection
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.errors import NotFound, OverQuota
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Flag
from posthouse.model.quota import refusal

SEEN = int(Flag.SEEN)
DELETED = int(Flag.DELETED)


class MailboxRow(NamedTuple):
    """What writers need of a mailbox."""

    number: int
    id: MailboxId
    name: str
    uid_validity: int
    uid_next: int
    recent_uid: int
    viewers: int
    """Whether viewers have seen anything in it."""


class Chosen(NamedTuple):
    """Messages of a mailbox that are there, and their counters."""

    uids: list[int]
    unseen: int
    deleted: int
    size_octets: int


async def mailbox_row(db: Database, account: int, mailbox_id: MailboxId) -> MailboxRow:
    """Find a mailbox. Raises: NotFound."""
    return (await mailbox_rows(db, account, [mailbox_id]))[0]


async def mailbox_rows(db: Database, account: int, mailbox_ids: Sequence[MailboxId]) -> list[MailboxRow]:
    """Find mailboxes, in this order. Raises: NotFound."""
    rows = await db.fetch(
        """
        SELECT number, id, name, uid_validity, uid_next, recent_uid, viewers FROM mailbox
        WHERE account = $1 AND id = ANY($2::bytea[])
        """,
        account,
        list(mailbox_ids),
    )
    found = {row[1]: MailboxRow(*row) for row in rows}
    if len(found) < len(set(mailbox_ids)):
        raise NotFound("the mailbox does not exist")
    return [found[id_] for id_ in mailbox_ids]


async def next_mod_sequence(db: Database, account: int) -> int:
    """The account's next modification sequence."""
    return int(
        await db.fetchval("UPDATE account SET mod_sequence = mod_sequence + 1 WHERE number = $1 RETURNING mod_sequence", account)
    )


async def charge(db: Database, account: int, octets: int, messages: int) -> int:
    """Take the next modification sequence for a change that needs room.

    Raises: OverQuota.
    """
    row = await db.fetchrow(
        """
        UPDATE account SET mod_sequence = mod_sequence + 1, used_octets = used_octets + $2, used_messages = used_messages + $3
        WHERE number = $1 RETURNING mod_sequence, used_octets, used_messages, quota_octets, quota_messages
        """,
        account,
        octets,
        messages,
    )
    assert row is not None
    require_room((row[1], row[2]), (octets, messages), (row[3], row[4]))
    return int(row[0])


async def choose(db: Database, account: int, mailbox: int, chosen: Selection) -> Chosen:
    """Which of the messages are there, and how they count."""
    row = await db.fetchrow(
        f"""
        SELECT array_agg(p.uid ORDER BY p.uid), count(*) FILTER (WHERE p.flags & {SEEN} = 0),
               count(*) FILTER (WHERE p.flags & {DELETED} <> 0), coalesce(sum(e.size_octets), 0)::bigint
        FROM placement p JOIN email e ON e.account = p.account AND e.number = p.email
        WHERE p.account = $1 AND p.mailbox = $2 AND {chosen.on("p.uid")}
        """,
        account,
        mailbox,
        *chosen.bindings,
    )
    assert row is not None
    return Chosen(row[0] or [], *tuple(row)[1:])


async def log(db: Database, account: int, mod_sequence: int, changed: Sequence[tuple[str, bytes]], done: tuple[str, float]) -> None:
    """Note changes that no placement tells: types (``mailbox``, ``annotation``) and ids; ``done`` is what was done, and when."""
    await db.execute(
        "INSERT INTO change SELECT $1, $2, c.type, c.id, $5, $6 FROM unnest($3::text[], $4::bytea[]) AS c(type, id)",
        account,
        mod_sequence,
        [kind for kind, _ in changed],
        [id_ for _, id_ in changed],
        *done,
    )


def require_room(used: tuple[int, int], added: tuple[int, int], limits: tuple[int, int]) -> None:
    """Check the quota. Raises: OverQuota."""
    if any(limits) and (reason := refusal(used, added, limits)) is not None:
        raise OverQuota(reason)
