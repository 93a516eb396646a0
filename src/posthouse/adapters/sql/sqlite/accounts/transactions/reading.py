"""Transactions that only look: pages of columns, never a cursor that outlives its hop."""

from collections.abc import Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import apsw

from posthouse.adapters.sql.sqlite.accounts.arrival import decode_pieces
from posthouse.adapters.sql.sqlite.accounts.schema import place_of
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import select_uids
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import MailboxId
from posthouse.model.content import Piece, assemble
from posthouse.model.mailbox import INBOX, Mailbox, MailboxChanges, PlacementPage, SpecialUse
from posthouse.ports import account_store as columns_of
from posthouse.ports.account_store import FetchPage

PAGE_ROWS = 1_000
PAGE_OCTETS = 262_144
_STRIDE = 64

_MAILBOX = """
    SELECT m.id, m.name, m.special_use, m.uid_validity, m.uid_next, m.mod_sequence, m.messages, m.unseen, m.deleted,
           m.size_octets, m.recent_uid, s.name IS NOT NULL
    FROM mailbox m LEFT JOIN subscription s ON s.name = m.name
"""

_COLUMNS = {
    columns_of.SIZE: "e.size_octets",
    columns_of.RECEIVED_AT: "e.received_at",
    columns_of.SAVED_AT: "p.saved_at",
    columns_of.EMAIL_ID: "e.id",
    columns_of.THREAD_ID: "e.thread_id",
    columns_of.TRACE_ID: "e.trace_id",
    columns_of.RECORD: "e.record",
    columns_of.FLAGS: "p.flags",
    columns_of.KEYWORDS: "p.keywords",
    columns_of.MOD_SEQUENCE: "p.mod_sequence",
}


def mailboxes(db: apsw.Connection) -> list[Mailbox]:
    """All mailboxes, INBOX first."""
    found = [_mailbox(row) for row in db.execute(f"{_MAILBOX} ORDER BY m.name")]
    found.sort(key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))
    return found


def mailbox(db: apsw.Connection, mailbox_id: MailboxId) -> Mailbox:
    """One mailbox."""
    row = db.execute(f"{_MAILBOX} WHERE m.id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    return _mailbox(row)


def placements(db: apsw.Connection, mailbox_id: MailboxId, after_uid: int) -> PlacementPage:
    """A page of placements by UID."""
    rows = db.execute(
        "SELECT uid, flags, keywords, mod_sequence FROM placement WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ?",
        (_number(db, mailbox_id), after_uid, PAGE_ROWS + 1),
    ).fetchall()
    return _page(rows)


def changes(db: apsw.Connection, mailbox_id: MailboxId, since: int, after_uid: int) -> MailboxChanges:
    """What changed after a modification sequence; the index on it makes this cost what changed, not what there is."""
    number = _number(db, mailbox_id)
    mod_sequence, uid_next = one(db, "SELECT mod_sequence, uid_next FROM mailbox WHERE number = ?", (number,))
    if mod_sequence <= since:
        return MailboxChanges(mod_sequence, uid_next, _page([]), [])
    rows = db.execute(
        """
        SELECT uid, flags, keywords, mod_sequence FROM placement INDEXED BY placement_mod_sequence
        WHERE mailbox = ? AND mod_sequence > ? AND uid > ? ORDER BY uid LIMIT ?
        """,
        (number, since, after_uid, PAGE_ROWS + 1),
    ).fetchall()
    expunged: list[tuple[Any, ...]] = db.execute(
        """
        SELECT uid FROM expunged INDEXED BY expunged_mod_sequence WHERE mailbox = ? AND mod_sequence > ? ORDER BY uid
        """,
        (number, since),
    ).fetchall()
    return MailboxChanges(mod_sequence, uid_next, _page(rows), [uid for (uid,) in expunged])


def fetch(db: apsw.Connection, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int) -> FetchPage:
    """A page of columns for ``uids[start:]``."""
    number = _number(db, mailbox_id)
    asked = uids[start : start + PAGE_ROWS]
    statement, wide = _statement(columns)
    rows, full = _rows(db, statement.format(table="placement"), number, asked, wide)
    if full:
        asked = asked[: _position_after(asked, rows[-1][0])]
    if len(rows) < len(asked):
        here = {row[0] for row in rows}
        missing = [uid for uid in asked if uid not in here]
        buried, full = _rows(db, statement.format(table="expunged"), number, missing, wide)
        if full:
            asked = asked[: _position_after(asked, buried[-1][0])]
            rows = [row for row in rows if row[0] <= buried[-1][0]]
        rows = sorted(rows + buried, key=itemgetter(0))
    if columns_of.OCTETS in columns:
        rows = _assembled(rows, list(columns).index(columns_of.OCTETS) + 1)
    return FetchPage(rows, start + len(asked))


def source(db: apsw.Connection, mailbox_id: MailboxId, uid: int) -> tuple[bytes | None, str | None, tuple[Piece, ...], int]:
    """Where the octets of a message lie: (received octets, blob name, pieces, size shown)."""
    number = _number(db, mailbox_id)
    for table in ("placement", "expunged"):
        row = db.execute(
            f"""
            SELECT b.octets, e.blob, e.pieces, e.size_octets
            FROM {table} p JOIN email e ON e.number = p.email LEFT JOIN body b ON b.email = e.number
            WHERE p.mailbox = ? AND p.uid = ?
            """,
            (number, uid),
        ).fetchone()
        if row is not None:
            return row[0], row[1], decode_pieces(row[2]), row[3]
    raise NotFound(f"there is no message {uid}")


def subscriptions(db: apsw.Connection) -> list[str]:
    """Names subscribed to."""
    return [name for (name,) in db.execute("SELECT name FROM subscription ORDER BY name")]


def _number(db: apsw.Connection, mailbox_id: MailboxId) -> int:
    row = db.execute("SELECT number FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise NotFound("the mailbox does not exist")
    return int(row[0])


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


def _statement(columns: Sequence[str]) -> tuple[str, list[int]]:
    """The statement for the columns asked, and which of them may be long."""
    selected, joins, wide = ["p.uid"], [], []
    for position, column in enumerate(columns, 1):
        if column in _COLUMNS:
            selected.append(_COLUMNS[column])
            continue
        wide.append(position)
        if column == columns_of.OCTETS:
            selected.append("b.octets")
            joins.append("LEFT JOIN body b ON b.email = p.email")
        else:
            table, name = place_of(column)
            selected.append(f"{table}.{name}")
            join = f"LEFT JOIN {table} ON {table}.email = p.email"
            if join not in joins:
                joins.append(join)
    if columns_of.OCTETS in columns:
        selected.append("e.pieces")
    if any(item.startswith("e.") for item in selected):
        joins.insert(0, "CROSS JOIN email e ON e.number = p.email")
    statement = f"SELECT {', '.join(selected)} FROM {{table}} p {' '.join(joins)} WHERE p.mailbox = ? AND "
    return statement, wide


def _rows(
    db: apsw.Connection, statement: str, mailbox: int, uids: Sequence[int], wide: list[int]
) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows until the page is full, and whether it is."""
    chosen = select_uids(uids)
    cursor = db.execute(f"{statement}{chosen.condition} ORDER BY p.uid", (mailbox, *chosen.bindings))
    if not wide:
        return cursor.fetchall(), False
    rows: list[tuple[Any, ...]] = []
    octets = 0
    while stride := list(islice(cursor, 1 if octets > PAGE_OCTETS // 2 else _STRIDE)):
        rows += stride
        octets += sum(len(row[position] or b"") for position in wide for row in stride)
        if octets >= PAGE_OCTETS:
            cursor.close(True)
            return rows, True
    return rows, False


def _position_after(uids: Sequence[int], last: int) -> int:
    return next((position for position, uid in enumerate(uids) if uid > last), len(uids))


def _assembled(rows: list[tuple[Any, ...]], position: int) -> list[tuple[Any, ...]]:
    return [
        (
            *row[:position],
            None if row[position] is None else assemble(row[position], decode_pieces(row[-1])),
            *row[position + 1 : -1],
        )
        for row in rows
    ]
