"""Transactions on the rights of others and on what is written on mailboxes and accounts."""

from collections.abc import Mapping
from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.counting import log, mailbox_row, next_mod_sequence
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import LimitReached, TooLarge
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.sharing.annotation import ACCOUNT_OCTETS, ENTRIES, PRIVATE, SHARED, VALUE_OCTETS, check_entry
from posthouse.model.sharing.rights import GRANTS, Grant, check_identifier

_ACCOUNT = 0
"""The mailbox number under which annotations of the account itself are kept."""


def grants(db: apsw.Connection, mailbox_id: MailboxId) -> list[Grant]:
    """Who has rights on a mailbox."""
    number = mailbox_row(db, mailbox_id).number
    rows = db.execute("SELECT identifier, rights FROM mailbox_grant WHERE mailbox = ? ORDER BY identifier", (number,))
    return [Grant(*row) for row in rows]


def all_grants(db: apsw.Connection) -> list[tuple[MailboxId, Grant]]:
    """Who has rights on any mailbox."""
    rows = db.execute(
        """
        SELECT m.id, g.identifier, g.rights FROM mailbox_grant g JOIN mailbox m ON m.number = g.mailbox
        ORDER BY m.id, g.identifier
        """
    )
    return [(MailboxId(id_), Grant(identifier, rights)) for id_, identifier, rights in rows]


def put_grant(db: apsw.Connection, epoch: int, mailbox_id: MailboxId, grant: Grant, now: float) -> None:
    """Give an identifier exactly these rights."""
    number = mailbox_row(db, mailbox_id).number
    identifier = check_identifier(grant.identifier)
    mod_sequence = next_mod_sequence(db, epoch)
    db.execute("DELETE FROM mailbox_grant WHERE mailbox = ? AND identifier = ?", (number, identifier))
    if grant.rights:
        db.execute("INSERT INTO mailbox_grant VALUES (?, ?, ?)", (number, identifier, grant.rights))
    (held,) = one(db, "SELECT count(*) FROM mailbox_grant WHERE mailbox = ?", (number,))
    if held > GRANTS:
        raise LimitReached(f"{GRANTS} identifiers may have rights on a mailbox")
    log(db, mod_sequence, ("mailbox", mailbox_id), "updated", now)


def inherit_grants(db: apsw.Connection, mailbox: int, parent: str) -> None:
    """Give a new mailbox the grants of the one it lies in."""
    db.execute(
        """
        INSERT INTO mailbox_grant SELECT ?, g.identifier, g.rights
        FROM mailbox_grant g JOIN mailbox m ON m.number = g.mailbox WHERE m.name = ?
        """,
        (mailbox, parent),
    )


def annotations(db: apsw.Connection, mailbox_id: MailboxId | None, viewer: AccountId | None) -> dict[str, bytes]:
    """Shared entries, and the viewer's private ones."""
    rows: list[tuple[Any, ...]] = db.execute(
        f"""
        SELECT entry, value FROM annotation
        WHERE mailbox = ? AND (entry GLOB '{SHARED}*' OR viewer = ?) ORDER BY entry
        """,
        (_number(db, mailbox_id), viewer or b""),
    ).fetchall()
    return dict(rows)


def annotate(
    db: apsw.Connection,
    epoch: int,
    mailbox_id: MailboxId | None,
    entries: Mapping[str, bytes | None],
    viewer: AccountId | None,
    now: float,
) -> None:
    """Set and remove entries."""
    number = _number(db, mailbox_id)
    mod_sequence = next_mod_sequence(db, epoch)
    more = 0
    for name, value in entries.items():
        entry = check_entry(name)
        more += _set(db, (number, entry, (viewer or b"") if entry.startswith(PRIVATE) else b""), value)
    (held,) = one(db, "SELECT count(*) FROM annotation WHERE mailbox = ?", (number,))
    (octets,) = one(db, "UPDATE account SET annotation_octets = annotation_octets + ? RETURNING annotation_octets", (more,))
    if held > ENTRIES and any(value is not None for value in entries.values()):
        raise LimitReached(f"a mailbox may have {ENTRIES} entries")
    if octets > ACCOUNT_OCTETS and more > 0:
        raise LimitReached(f"the entries of an account may have {ACCOUNT_OCTETS} octets")
    (account_id,) = one(db, "SELECT id FROM account")
    log(db, mod_sequence, ("annotation", mailbox_id or account_id), "updated", now)


def forget_sharing(db: apsw.Connection, mailbox: int) -> None:
    """Forget the grants and annotations of a mailbox that goes."""
    db.execute("DELETE FROM mailbox_grant WHERE mailbox = ?", (mailbox,))
    (octets,) = one(
        db, "SELECT coalesce(sum(length(CAST(entry AS BLOB)) + length(value)), 0) FROM annotation WHERE mailbox = ?", (mailbox,)
    )
    if octets:
        db.execute("DELETE FROM annotation WHERE mailbox = ?", (mailbox,))
        db.execute("UPDATE account SET annotation_octets = annotation_octets - ?", (octets,))


def _set(db: apsw.Connection, key: tuple[int, str, bytes], value: bytes | None) -> int:
    """Set one entry; returns the octets that are used more."""
    where = "mailbox = ? AND entry = ? AND viewer = ?"
    row = db.execute(f"DELETE FROM annotation WHERE {where} RETURNING length(value)", key).fetchone()
    before = 0 if row is None else len(key[1]) + int(row[0])
    if value is None:
        return -before
    if len(value) > VALUE_OCTETS:
        raise TooLarge(f"the value of an entry may have {VALUE_OCTETS} octets")
    db.execute("INSERT INTO annotation VALUES (?, ?, ?, ?)", (*key, value))
    return len(key[1]) + len(value) - before


def _number(db: apsw.Connection, mailbox_id: MailboxId | None) -> int:
    return _ACCOUNT if mailbox_id is None else mailbox_row(db, mailbox_id).number
