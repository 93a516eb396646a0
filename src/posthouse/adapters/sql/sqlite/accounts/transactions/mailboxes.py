"""Transactions that make, rename, delete and subscribe to mailboxes."""

from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import charge, log, mailbox_row, next_mod_sequence, totals
from posthouse.adapters.sql.sqlite.accounts.transactions.placing import bury, move_all
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection
from posthouse.adapters.sql.sqlite.accounts.transactions.sharing import forget_sharing, inherit_grants
from posthouse.adapters.sql.sqlite.accounts.transactions.viewing import forget_all
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import INBOX, SEPARATOR, SpecialUse, check_name, check_numbers, check_use
from posthouse.model.quota import MAILBOXES

_ALL = Selection("1", ())


def create(
    db: apsw.Connection, epoch: int, name: str, special_use: SpecialUse | None, ids: list[MailboxId], now: float
) -> MailboxId:
    """Make a mailbox and the levels above it; ``ids`` has one id for each level."""
    name = check_name(name)
    if _exists(db, name):
        raise AlreadyExists(f"the mailbox {name} exists already")
    if special_use is not None and _user(db, special_use) is not None:
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
            inherit_grants(db, _insert(db, made, (path, use), mod_sequence, now), SEPARATOR.join(levels[: depth - 1]))
    return made


def create_account(db: apsw.Connection, who: tuple[AccountId, str], epoch: int, now: float) -> None:
    """Begin an account whose mark is made already; ``who`` are its id and its kind."""
    db.execute(
        """
        INSERT INTO account (one, id, kind, incarnation, owner_epoch, oldest_reader, mod_sequence, uid_validity, quota_octets,
                             used_octets, used_messages, marked)
        VALUES (1, ?, ?, 1, ?, 1, 1, ?, 0, 0, 0, 1)
        """,
        (*who, epoch, int(now)),
    )


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
        move_all(db, epoch, mailbox, mailbox_row(db, create(db, epoch, name, None, ids, now)), now)
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
        log(db, mod_sequence, ("mailbox", id_), "updated", now)


def delete(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, now: float) -> None:
    """Delete a mailbox; its messages are expunged, mailboxes below it stay."""
    mailbox = mailbox_row(db, mailbox_id)
    (name,) = one(db, "SELECT name FROM mailbox WHERE number = ?", (mailbox.number,))
    if name == INBOX:
        raise Invalid("INBOX cannot be deleted")
    mod_sequence = next_mod_sequence(db, epoch)
    sums = totals(db, mailbox.number, _ALL)
    bury(db, mailbox, _ALL, mod_sequence, now)
    charge(db, -sums.size_octets, -sums.messages)
    forget_all(db, mailbox)
    forget_sharing(db, mailbox.number)
    db.execute("DELETE FROM mailbox WHERE number = ?", (mailbox.number,))
    log(db, mod_sequence, ("mailbox", mailbox_id), "destroyed", now)


def set_special_use(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, use: SpecialUse | None, now: float) -> None:
    """Say what a mailbox is for."""
    mailbox = mailbox_row(db, mailbox_id)
    (name,) = one(db, "SELECT name FROM mailbox WHERE number = ?", (mailbox.number,))
    check_use(name, use)
    if use is not None and _user(db, use) not in {None, mailbox.number}:
        raise AlreadyExists(f"there is a mailbox for {use} already")
    mod_sequence = next_mod_sequence(db, epoch)
    db.execute("UPDATE mailbox SET special_use = ? WHERE number = ?", (None if use is None else str(use), mailbox.number))
    log(db, mod_sequence, ("mailbox", mailbox_id), "updated", now)


def number(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, numbers: tuple[int, int], now: float) -> None:
    """Let a mailbox go on with a UIDVALIDITY and a UIDNEXT; a new mailbox that has that UIDVALIDITY by chance gets another."""
    mailbox = mailbox_row(db, mailbox_id)
    check_numbers((mailbox.uid_validity, mailbox.uid_next), *numbers)
    mod_sequence = next_mod_sequence(db, epoch, numbers[1] - mailbox.uid_next)
    other = db.execute(
        "SELECT number, uid_next FROM mailbox WHERE uid_validity = ? AND number != ?", (numbers[0], mailbox.number)
    ).fetchone()
    if other is not None and other[1] > 1:
        raise AlreadyExists("another mailbox has this UIDVALIDITY")
    (highest,) = one(
        db, "UPDATE account SET uid_validity = max(uid_validity, ?) + ? RETURNING uid_validity", (numbers[0], other is not None)
    )
    if other is not None:
        db.execute("UPDATE mailbox SET uid_validity = ? WHERE number = ?", (highest, other[0]))
    db.execute(
        "UPDATE mailbox SET uid_validity = ?, uid_next = ?, mod_sequence = ? WHERE number = ?",
        (*numbers, mod_sequence, mailbox.number),
    )
    log(db, mod_sequence, ("mailbox", mailbox_id), "updated", now)


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


def _user(db: apsw.Connection, use: SpecialUse) -> int | None:
    """Number of the mailbox that has a use."""
    row = db.execute("SELECT number FROM mailbox WHERE special_use = ?", (str(use),)).fetchone()
    return None if row is None else int(row[0])


def _insert(db: apsw.Connection, mailbox_id: MailboxId, named: tuple[str, str | None], mod_sequence: int, now: float) -> int:
    # A name that is used again gets a higher UIDVALIDITY than it ever had: the counter is the account's.
    (uid_validity,) = one(db, "UPDATE account SET uid_validity = max(uid_validity + 1, ?) RETURNING uid_validity", (int(now),))
    db.execute(
        """
        INSERT INTO mailbox (id, name, special_use, uid_validity, uid_next, mod_sequence, messages, unseen, deleted, size_octets,
                             recent_uid)
        VALUES (?, ?, ?, ?, 1, ?, 0, 0, 0, 0, 1)
        """,
        (mailbox_id, *named, uid_validity, mod_sequence),
    )
    number = db.last_insert_rowid()
    log(db, mod_sequence, ("mailbox", mailbox_id), "created", now)
    return number
