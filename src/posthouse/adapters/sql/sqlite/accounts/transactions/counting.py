"""What every writing verb does: take the next modification sequence as the owner, find the mailbox, keep its counters.

``covered`` makes sure that the numbers taken are below the account's ceilings (``marks``).
"""

from typing import NamedTuple

import apsw

from posthouse.adapters.sql.sqlite.accounts.transactions.selection import Selection
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import Fenced, NotFound, OverQuota
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Flag
from posthouse.model.quota import refusal

SEEN = int(Flag.SEEN)
DELETED = int(Flag.DELETED)


class MailboxRow(NamedTuple):
    """What writers need of a mailbox."""

    number: int
    id: MailboxId
    uid_validity: int
    uid_next: int
    viewers: int = 0
    """Whether viewers have seen anything in it."""


class Totals(NamedTuple):
    """Counters of some messages."""

    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    size_octets: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """Add column by column."""
        return Totals(*(mine + its for mine, its in zip(self, other, strict=True)))

    def minus(self, other: "Totals") -> "Totals":
        """Subtract column by column."""
        return Totals(*(mine - its for mine, its in zip(self, other, strict=True)))


def require_owner(db: apsw.Connection, epoch: int) -> None:
    """Check that this process still owns the account, for changes that nobody is shown.

    Raises: Fenced.
    """
    row = db.execute("SELECT owner_epoch FROM account").fetchone()
    if row is None or row[0] != epoch:
        raise Fenced("another process has taken this account over")


def next_mod_sequence(db: apsw.Connection, epoch: int, uids: int = 0) -> int:
    """Begin a change: the account's next modification sequence and as many UIDs, if this process still owns the account.

    Raises: Fenced.
    """
    row = db.execute(
        """
        UPDATE account SET mod_sequence = mod_sequence + 1, uid_sequence = uid_sequence + ? WHERE owner_epoch = ?
        RETURNING mod_sequence, covered(mod_sequence, uid_sequence)
        """,
        (uids, epoch),
    ).fetchone()
    if row is None:
        raise Fenced("another process has taken this account over")
    return int(row[0])


def begin_arrival(
    db: apsw.Connection, epoch: int, octets: int, messages: int, uids: int | None = None, *, over_quota: bool = False
) -> int:
    """Begin a change that brings messages in: fence, modification sequence, UIDs (one a message) and quota in one statement.

    Raises: Fenced, OverQuota.
    """
    row = db.execute(
        """
        UPDATE account SET mod_sequence = mod_sequence + 1, used_octets = used_octets + ?, used_messages = used_messages + ?,
                           uid_sequence = uid_sequence + ?
        WHERE owner_epoch = ?
        RETURNING mod_sequence, used_octets, used_messages, quota_octets, quota_messages, covered(mod_sequence, uid_sequence)
        """,
        (octets, messages, messages if uids is None else uids, epoch),
    ).fetchone()
    if row is None:
        raise Fenced("another process has taken this account over")
    if not over_quota:
        _require_room((row[1], row[2]), (octets, messages), (row[3], row[4]))
    return int(row[0])


def mailbox_row(db: apsw.Connection, mailbox_id: MailboxId) -> MailboxRow:
    """Find a mailbox. Raises: NotFound."""
    row = db.execute("SELECT number, id, uid_validity, uid_next, viewers FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    return MailboxRow(*row)


def totals(db: apsw.Connection, mailbox: int, chosen: Selection) -> Totals:
    """Count messages of a mailbox."""
    row = one(
        db,
        f"""
        SELECT count(*), coalesce(sum(p.flags & {SEEN} = 0), 0), coalesce(sum(p.flags & {DELETED} != 0), 0),
               coalesce(sum(e.size_octets), 0)
        FROM placement p CROSS JOIN email e ON e.number = p.email WHERE p.mailbox = ? AND {chosen.condition}
        """,
        (mailbox, *chosen.bindings),
    )
    return Totals(*row)


def count(db: apsw.Connection, mailbox: int, change: Totals, mod_sequence: int, new_uids: int = 0) -> None:
    """Add a change to a mailbox's counters and stamp it."""
    db.execute(
        """
        UPDATE mailbox SET messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?, size_octets = size_octets + ?,
                           mod_sequence = ?, uid_next = uid_next + ?
        WHERE number = ?
        """,
        (*change, mod_sequence, new_uids, mailbox),
    )


def charge(db: apsw.Connection, octets: int, messages: int) -> None:
    """Count octets and messages against the account's quota.

    Raises: OverQuota when more comes in than there is room for.
    """
    row = one(
        db,
        """
        UPDATE account SET used_octets = used_octets + ?, used_messages = used_messages + ?
        RETURNING used_octets, used_messages, quota_octets, quota_messages
        """,
        (octets, messages),
    )
    _require_room((row[0], row[1]), (octets, messages), (row[2], row[3]))


def log(db: apsw.Connection, mod_sequence: int, changed: tuple[str, bytes], kind: str, now: float) -> None:
    """Note a change that no placement tells: ``changed`` is a type (``mailbox``, ``annotation``) and an id."""
    db.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", (mod_sequence, *changed, kind, now))


def _require_room(used: tuple[int, int], added: tuple[int, int], limits: tuple[int, int]) -> None:
    if any(limits) and (reason := refusal(used, added, limits)) is not None:
        raise OverQuota(reason)
