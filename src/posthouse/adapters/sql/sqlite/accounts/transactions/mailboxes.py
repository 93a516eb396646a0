"""Transactions that make, rename, delete and subscribe to mailboxes."""

from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import (
    Totals,
    charge,
    count,
    mailbox_row,
    next_mod_sequence,
    totals,
)
from posthouse.adapters.sql.sqlite.accounts.transactions.placing import bury
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import INBOX, SEPARATOR, SpecialUse, check_name

MAILBOXES = 50_000
_ALL = Selection("1", ())


def create(
    db: apsw.Connection, epoch: int, name: str, special_use: SpecialUse | None, ids: list[MailboxId], now: float
) -> MailboxId:
    """Make a mailbox and the levels above it; ``ids`` has one id for each level."""
    name = check_name(name)
    if _exists(db, name):
        raise AlreadyExists(f"the mailbox {name} exists already")
    if special_use is not None and db.execute("SELECT 1 FROM mailbox WHERE special_use = ?", (str(special_use),)).fetchone():
        raise AlreadyExists(f"there is a mailbox for {special_use} already")
    (held,) = one(db, "SELECT count(*) FROM mailbox")
    if held >= MAILBOXES:
        raise LimitReached(f"an account may have {MAILBOXES} mailboxes")
    mod_sequence = next_mod_sequence(db, epoch)
    levels = name.split(SEPARATOR)
    made = ids[0]
    for depth in range(1, len(levels) + 1):
        path = SEPARATOR.join(levels[:depth])
        if not _exists(db, path):
            made = ids[depth - 1]
            use = str(special_use) if special_use is not None and depth == len(levels) else None
            _insert(db, made, (path, use), mod_sequence, now)
    return made


def create_first(db: apsw.Connection, name: str, special_use: SpecialUse | None, mailbox_id: MailboxId, now: float) -> None:
    """Make one of the mailboxes an account begins with, and subscribe to it."""
    _insert(db, mailbox_id, (name, str(special_use) if special_use else None), 1, now)
    db.execute("INSERT OR IGNORE INTO subscription VALUES (?)", (name,))


def rename(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, name: str, ids: list[MailboxId], now: float) -> None:
    """Rename a mailbox with all below it; INBOX stays and gives its messages to the new mailbox."""
    mailbox = mailbox_row(db, mailbox_id)
    (old,) = one(db, "SELECT name FROM mailbox WHERE number = ?", (mailbox.number,))
    name = check_name(name)
    if _exists(db, name):
        raise AlreadyExists(f"the mailbox {name} exists already")
    if old == INBOX:
        _move_inbox(db, epoch, mailbox.number, create(db, epoch, name, None, ids, now), now)
        return
    if name.startswith(old + SEPARATOR):
        raise Invalid("a mailbox cannot be moved below itself")
    parent = name.rpartition(SEPARATOR)[0]
    if parent and not _exists(db, parent):
        create(db, epoch, parent, None, ids, now)
    mod_sequence = next_mod_sequence(db, epoch)
    below: list[tuple[Any, ...]] = db.execute(
        "SELECT number, id, name FROM mailbox WHERE number = ? OR substr(name, 1, ?) = ?",
        (mailbox.number, len(old) + 1, old + SEPARATOR),
    ).fetchall()
    for number, id_, path in below:
        db.execute("UPDATE mailbox SET name = ? WHERE number = ?", (name + path[len(old) :], number))
        _log(db, mod_sequence, id_, "updated", now)


def delete(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, now: float) -> None:
    """Delete a mailbox; its messages are expunged, mailboxes below it stay."""
    mailbox = mailbox_row(db, mailbox_id)
    (name,) = one(db, "SELECT name FROM mailbox WHERE number = ?", (mailbox.number,))
    if name == INBOX:
        raise Invalid("INBOX cannot be deleted")
    mod_sequence = next_mod_sequence(db, epoch)
    sums = totals(db, mailbox.number, _ALL)
    bury(db, mailbox.number, _ALL, mod_sequence, now)
    charge(db, -sums.size_octets, -sums.messages)
    db.execute("DELETE FROM mailbox WHERE number = ?", (mailbox.number,))
    _log(db, mod_sequence, mailbox_id, "destroyed", now)


def subscribe(db: apsw.Connection, epoch: int, name: str, subscribed: bool) -> None:
    """Subscribe to a name or end it."""
    if subscribed:
        name = check_name(name)
    next_mod_sequence(db, epoch)
    if subscribed:
        db.execute("INSERT OR IGNORE INTO subscription VALUES (?)", (name,))
    else:
        db.execute("DELETE FROM subscription WHERE name = ?", (name,))


def claim_recent(db: apsw.Connection, epoch: int, mailbox_id: MailboxId) -> int:
    """Take the Recent flags; the first UID that had it."""
    mailbox = mailbox_row(db, mailbox_id)
    (first,) = one(db, "SELECT recent_uid FROM mailbox WHERE number = ?", (mailbox.number,))
    if first < mailbox.uid_next:
        next_mod_sequence(db, epoch)
        db.execute("UPDATE mailbox SET recent_uid = uid_next WHERE number = ?", (mailbox.number,))
    return int(first)


def _exists(db: apsw.Connection, name: str) -> bool:
    return db.execute("SELECT 1 FROM mailbox WHERE name = ?", (name,)).fetchone() is not None


def _insert(db: apsw.Connection, mailbox_id: MailboxId, named: tuple[str, str | None], mod_sequence: int, now: float) -> None:
    # A name that is used again gets a higher UIDVALIDITY than it ever had: the counter is the account's.
    (uid_validity,) = one(db, "UPDATE account SET uid_validity = max(uid_validity + 1, ?) RETURNING uid_validity", (int(now),))
    db.execute(
        "INSERT INTO mailbox VALUES (NULL, ?, ?, ?, ?, 1, ?, 0, 0, 0, 0, 1)", (mailbox_id, *named, uid_validity, mod_sequence)
    )
    _log(db, mod_sequence, mailbox_id, "created", now)


def _move_inbox(db: apsw.Connection, epoch: int, inbox: int, destination: MailboxId, now: float) -> None:
    target = mailbox_row(db, destination)
    mod_sequence = next_mod_sequence(db, epoch)
    sums = totals(db, inbox, _ALL)
    db.execute(
        """
        INSERT INTO placement SELECT ?, row_number() OVER (ORDER BY uid), email, ?, flags, keywords, ? FROM placement
        WHERE mailbox = ?
        """,
        (target.number, mod_sequence, now, inbox),
    )
    db.execute("UPDATE email SET holders = holders + 1 WHERE number IN (SELECT email FROM placement WHERE mailbox = ?)", (inbox,))
    bury(db, inbox, _ALL, mod_sequence, now)
    count(db, inbox, Totals().minus(sums), mod_sequence)
    count(db, target.number, sums, mod_sequence, sums.messages)


def _log(db: apsw.Connection, mod_sequence: int, mailbox_id: MailboxId, kind: str, now: float) -> None:
    db.execute("INSERT INTO change VALUES (?, 'mailbox', ?, ?, ?)", (mod_sequence, mailbox_id, kind, now))
