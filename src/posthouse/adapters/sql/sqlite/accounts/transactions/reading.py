"""Transactions that look at mailboxes and at what changed in them."""

from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions import viewing
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import INBOX, Mailbox, MailboxChanges, PlacementPage, SpecialUse
from posthouse.model.quota import Quota

PAGE_ROWS = 1_000
FEW_CHANGES = 256
FEW_ROWS = 64

_MAILBOX = """
    SELECT m.id, m.name, m.special_use, m.uid_validity, m.uid_next, m.mod_sequence, m.messages, m.unseen, m.deleted,
           m.size_octets, m.recent_uid, s.name IS NOT NULL
    FROM mailbox m LEFT JOIN subscription s ON s.name = m.name
"""
_MAILBOX_OF_VIEWER = """
    SELECT m.id, m.name, m.special_use, m.uid_validity, m.uid_next, m.mod_sequence, m.messages, m.messages - coalesce(v.seen, 0),
           m.deleted, m.size_octets, m.recent_uid, s.name IS NOT NULL
    FROM mailbox m LEFT JOIN subscription s ON s.name = m.name
         LEFT JOIN viewer_mailbox v ON v.mailbox = m.number AND v.viewer = ?
"""


def mailboxes(db: apsw.Connection, viewer: AccountId | None = None) -> list[Mailbox]:
    """All mailboxes, INBOX first."""
    statement, bindings = _mailbox_statement(viewer)
    found = [_mailbox(row) for row in db.execute(f"{statement} ORDER BY m.name", bindings)]
    found.sort(key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))
    return found


def has_few_mailboxes(db: apsw.Connection) -> bool:
    """Whether ``mailboxes`` has a handful of rows to read."""
    return _has_few(db, "mailbox")


def has_few_subscriptions(db: apsw.Connection) -> bool:
    """Whether ``subscriptions`` has a handful of rows to read."""
    return _has_few(db, "subscription")


def _has_few(db: apsw.Connection, table: str) -> bool:
    return bool(one(db, f"SELECT count(*) <= {FEW_ROWS} FROM (SELECT 1 FROM {table} LIMIT {FEW_ROWS + 1})")[0])


def mailbox(db: apsw.Connection, mailbox_id: MailboxId, viewer: AccountId | None = None) -> Mailbox:
    """One mailbox."""
    statement, bindings = _mailbox_statement(viewer)
    row = db.execute(f"{statement} WHERE m.id = ?", (*bindings, mailbox_id)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    return _mailbox(row)


def quota(db: apsw.Connection) -> Quota:
    """What the account uses and may use."""
    row = one(
        db,
        """
        SELECT used_octets, quota_octets, used_messages, quota_messages, (SELECT count(*) FROM mailbox) FROM account
        """,
    )
    return Quota(*row)


def placements(db: apsw.Connection, mailbox_id: MailboxId, after_uid: int, viewer: AccountId | None) -> PlacementPage:
    """A page of placements by UID."""
    number = number_of(db, mailbox_id)
    if viewer is None:
        statement = "SELECT uid, flags, keywords, mod_sequence FROM placement WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ?"
        return _page(db.execute(statement, (number, after_uid, PAGE_ROWS + 1)).fetchall())
    rows = db.execute(
        f"""
        SELECT p.uid, {viewing.FLAGS}, p.keywords, {viewing.MOD_SEQUENCE} FROM placement p {viewing.JOIN}
        WHERE p.mailbox = ? AND p.uid > ? ORDER BY p.uid LIMIT ?
        """,
        (viewer, number, after_uid, PAGE_ROWS + 1),
    ).fetchall()
    return _page(rows)


def has_changed_little(db: apsw.Connection, mailbox_id: MailboxId, since: int) -> bool:
    """Whether ``changes`` has a handful of rows to read."""
    row = db.execute("SELECT mod_sequence FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None or row[0] <= since:
        return True  # mostly nothing has happened, or only elsewhere in the account
    few = db.execute(_CHANGED_FEW, {"mailbox": mailbox_id, "since": since}).fetchone()
    return few is not None and bool(few[0])


_CHANGED_FEW = f"""
    SELECT (SELECT count(*) FROM (SELECT 1 FROM placement INDEXED BY placement_mod_sequence
                                  WHERE mailbox = m.number AND mod_sequence > :since LIMIT {FEW_CHANGES + 1})) <= {FEW_CHANGES}
       AND (SELECT count(*) FROM (SELECT 1 FROM expunged INDEXED BY expunged_mod_sequence
                                  WHERE mailbox = m.number AND mod_sequence > :since LIMIT {FEW_CHANGES + 1})) <= {FEW_CHANGES}
    FROM mailbox m WHERE m.id = :mailbox
"""


def changes(db: apsw.Connection, mailbox_id: MailboxId, since: int, after_uid: int, viewer: AccountId | None) -> MailboxChanges:
    """What changed after a modification sequence; the indexes on it make this cost what changed, not what there is."""
    row = db.execute("SELECT number, mod_sequence, uid_next, horizon FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    number, mod_sequence, uid_next, horizon = row
    if mod_sequence <= since:
        return MailboxChanges(mod_sequence, uid_next, _page([]), [], horizon)
    changed = _page(_changed(db, number, since, after_uid) if viewer is None else _seen(db, number, since, after_uid, viewer))
    if after_uid:
        return MailboxChanges(mod_sequence, uid_next, changed, [], horizon)
    expunged: list[tuple[Any, ...]] = db.execute(
        """
        SELECT uid FROM expunged INDEXED BY expunged_mod_sequence WHERE mailbox = ? AND mod_sequence > ? ORDER BY uid
        """,
        (number, since),
    ).fetchall()
    return MailboxChanges(mod_sequence, uid_next, changed, [uid for (uid,) in expunged], horizon)


def _changed(db: apsw.Connection, mailbox: int, since: int, after_uid: int) -> list[tuple[Any, ...]]:
    """Ask the index for the first page; where there are more, many have changed, and each page goes on in the order of UIDs.

    (Asking the index again for each page would sort all that changed as often as there are pages.)
    """
    way, asked = ("INDEXED BY placement_mod_sequence", "mod_sequence") if not after_uid else ("", "+mod_sequence")
    return db.execute(
        f"""
        SELECT uid, flags, keywords, mod_sequence FROM placement {way}
        WHERE mailbox = ? AND {asked} > ? AND uid > ? ORDER BY uid LIMIT ?
        """,
        (mailbox, since, after_uid, PAGE_ROWS + 1),
    ).fetchall()


def _seen(db: apsw.Connection, mailbox: int, since: int, after_uid: int, viewer: AccountId) -> list[tuple[Any, ...]]:
    """What changed for everybody, or for this viewer only."""
    return db.execute(
        f"""
        SELECT p.uid, {viewing.FLAGS}, p.keywords, {viewing.MOD_SEQUENCE}
        FROM (SELECT uid FROM placement INDEXED BY placement_mod_sequence WHERE mailbox = ? AND mod_sequence > ? AND uid > ?
              UNION
              SELECT uid FROM viewer_seen INDEXED BY viewer_seen_mod_sequence
              WHERE viewer = ? AND mailbox = ? AND mod_sequence > ? AND uid > ?) c
        CROSS JOIN placement p ON p.mailbox = ? AND p.uid = c.uid {viewing.JOIN}
        ORDER BY p.uid LIMIT ?
        """,
        (mailbox, since, after_uid, viewer, mailbox, since, after_uid, mailbox, viewer, PAGE_ROWS + 1),
    ).fetchall()


def subscriptions(db: apsw.Connection) -> list[str]:
    """Names subscribed to."""
    return [name for (name,) in db.execute("SELECT name FROM subscription ORDER BY name")]


def number_of(db: apsw.Connection, mailbox_id: MailboxId) -> int:
    """The number under which a mailbox is kept. Raises: NotFound."""
    row = db.execute("SELECT number FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    return int(row[0])


def _mailbox_statement(viewer: AccountId | None) -> tuple[str, tuple[bytes, ...]]:
    return (_MAILBOX, ()) if viewer is None else (_MAILBOX_OF_VIEWER, (viewer,))


def _mailbox(row: tuple[Any, ...]) -> Mailbox:
    use = SpecialUse(row[2]) if row[2] is not None else None
    return Mailbox(row[0], row[1], use, row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], bool(row[11]))


def _page(rows: list[tuple[Any, ...]]) -> PlacementPage:
    more = len(rows) > PAGE_ROWS
    if more:
        rows = rows[:PAGE_ROWS]
    if not rows:
        return PlacementPage([], [], [], [])
    uids, flags, keywords, mod_sequences = zip(*rows, strict=True)
    return PlacementPage(list(uids), list(flags), list(keywords), list(mod_sequences), more)
