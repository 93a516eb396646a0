"""Looking at mailboxes and at what changed in them: one statement each, so that it is one moment that is seen.

Columns of many messages come as arrays in one row: nobody takes a row apart for each message.
"""

from typing import Any

from posthouse.adapters.sql.postgres.accounts.transactions import viewing
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import INBOX, Mailbox, MailboxChanges, PlacementPage, SpecialUse
from posthouse.model.quota import Quota

PAGE_ROWS = 1_000

_MAILBOX = """
    SELECT m.id, m.name, m.special_use, m.uid_validity, m.uid_next, m.mod_sequence, m.messages,
           CASE WHEN $2::bytea IS NULL THEN m.unseen ELSE m.messages - coalesce(v.seen, 0) END,
           m.deleted, m.size_octets, m.recent_uid, s.name IS NOT NULL
    FROM mailbox m LEFT JOIN subscription s ON s.account = m.account AND s.name = m.name
         LEFT JOIN viewer_mailbox v ON v.account = m.account AND v.mailbox = m.number AND v.viewer = $2
    WHERE m.account = $1
"""


async def mailboxes(db: Database, account: int, viewer: AccountId | None) -> list[Mailbox]:
    """All mailboxes, INBOX first. Raises: NotFound."""
    found = [_mailbox(row) for row in await db.fetch(f"{_MAILBOX} ORDER BY m.name", account, viewer)]
    if not found:
        raise NotFound("the account does not exist")
    found.sort(key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))
    return found


async def mailbox(db: Database, account: int, mailbox_id: MailboxId, viewer: AccountId | None = None) -> Mailbox:
    """One mailbox."""
    row = await db.fetchrow(f"{_MAILBOX} AND m.id = $3", account, viewer, mailbox_id)
    if row is None:
        raise NotFound("the mailbox does not exist")
    return _mailbox(row)


async def subscriptions(db: Database, account: int) -> list[str]:
    """Names subscribed to. Raises: NotFound."""
    rows = await db.fetch(
        "SELECT s.name FROM account a LEFT JOIN subscription s ON s.account = a.number WHERE a.number = $1 ORDER BY s.name", account
    )
    if not rows:
        raise NotFound("the account does not exist")
    return [row[0] for row in rows if row[0] is not None]


async def quota(db: Database, account: int) -> Quota:
    """What the account uses and may use."""
    row = await db.fetchrow(
        """
        SELECT used_octets, quota_octets, used_messages, quota_messages, (SELECT count(*) FROM mailbox WHERE account = $1)
        FROM account WHERE number = $1
        """,
        account,
    )
    if row is None:
        raise NotFound("the account does not exist")
    return Quota(*row)


async def placements(db: Database, account: int, mailbox_id: MailboxId, after_uid: int, viewer: AccountId | None) -> PlacementPage:
    """A page of placements by UID."""
    flags, mod_sequence, join = _view(viewer, 4)
    row = await db.fetchrow(
        f"""
        SELECT m.number, c.* FROM mailbox m CROSS JOIN LATERAL (
            SELECT array_agg(uid ORDER BY uid), array_agg(flags ORDER BY uid), array_agg(keywords ORDER BY uid),
                   array_agg(mod_sequence ORDER BY uid)
            FROM (SELECT p.uid, {flags} AS flags, p.keywords, {mod_sequence} AS mod_sequence FROM placement p {join}
                  WHERE p.account = m.account AND p.mailbox = m.number AND p.uid > $3 ORDER BY p.uid LIMIT {PAGE_ROWS + 1}) AS p
        ) AS c WHERE m.account = $1 AND m.id = $2
        """,
        account,
        mailbox_id,
        after_uid,
        *(() if viewer is None else (viewer,)),
    )
    if row is None:
        raise NotFound("the mailbox does not exist")
    return _page(tuple(row)[1:])


async def changes(
    db: Database, account: int, mailbox_id: MailboxId, window: tuple[int, int], viewer: AccountId | None
) -> MailboxChanges:
    """What changed after a modification sequence, UIDs above another number: ``window`` are both."""
    row = await db.fetchrow(_changes(viewer), account, mailbox_id, *window, *(() if viewer is None else (viewer,)))
    if row is None:
        raise NotFound("the mailbox does not exist")
    mod_sequence, uid_next, horizon, expunged, *columns = row
    return MailboxChanges(mod_sequence, uid_next, _page(tuple(columns)), expunged or [], horizon)


def _changes(viewer: AccountId | None) -> str:
    flags, mod_sequence, join = _view(viewer, 5)
    changed = "p.mod_sequence > $3"
    if viewer is not None:
        changed = """
            p.uid = ANY(ARRAY(SELECT uid FROM placement WHERE account = $1 AND mailbox = m.number AND mod_sequence > $3
                              UNION SELECT uid FROM viewer_seen
                              WHERE account = $1 AND viewer = $5 AND mailbox = m.number AND mod_sequence > $3))
        """
    return f"""
        SELECT m.mod_sequence, m.uid_next, m.horizon,
               (SELECT array_agg(uid ORDER BY uid) FROM expunged
                WHERE account = $1 AND mailbox = m.number AND mod_sequence > $3 AND $4 = 0), c.*
        FROM mailbox m CROSS JOIN LATERAL (
            SELECT array_agg(uid ORDER BY uid), array_agg(flags ORDER BY uid), array_agg(keywords ORDER BY uid),
                   array_agg(mod_sequence ORDER BY uid)
            FROM (SELECT p.uid, {flags} AS flags, p.keywords, {mod_sequence} AS mod_sequence FROM placement p {join}
                  WHERE p.account = $1 AND p.mailbox = m.number AND m.mod_sequence > $3 AND {changed} AND p.uid > $4
                  ORDER BY p.uid LIMIT {PAGE_ROWS + 1}) AS p
        ) AS c WHERE m.account = $1 AND m.id = $2
    """


async def number_of(db: Database, account: int, mailbox_id: MailboxId) -> int:
    """The number under which a mailbox is kept. Raises: NotFound."""
    number = await db.fetchval("SELECT number FROM mailbox WHERE account = $1 AND id = $2", account, mailbox_id)
    if number is None:
        raise NotFound("the mailbox does not exist")
    return int(number)


def _view(viewer: AccountId | None, binding: int) -> tuple[str, str, str]:
    if viewer is None:
        return "p.flags", "p.mod_sequence", ""
    return viewing.FLAGS, viewing.MOD_SEQUENCE, viewing.JOIN.format(binding)


def _mailbox(row: tuple[Any, ...]) -> Mailbox:
    id_, name, use, *numbers = row
    return Mailbox(MailboxId(id_), name, SpecialUse(use) if use is not None else None, *numbers)


def _page(columns: tuple[list[Any] | None, ...]) -> PlacementPage:
    more = len(columns[0] or []) > PAGE_ROWS
    uids, flags, keywords, mod_sequences = ((column or [])[:PAGE_ROWS] for column in columns)
    return PlacementPage(uids, flags, keywords, mod_sequences, more)
