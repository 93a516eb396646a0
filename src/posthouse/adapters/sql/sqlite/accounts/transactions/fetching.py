"""Transactions that fetch messages: pages of columns, never a cursor that outlives its hop."""

from collections.abc import Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import apsw

from posthouse.adapters.sql.arrival import decode_pieces
from posthouse.adapters.sql.rooms import place_of
from posthouse.adapters.sql.sqlite.accounts.transactions import viewing
from posthouse.adapters.sql.sqlite.accounts.transactions.reading import PAGE_ROWS, number_of
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import select_uids
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.content import Piece, assemble
from posthouse.ports import account_store as columns_of
from posthouse.ports.account_store import FetchPage

PAGE_OCTETS = 262_144
_STRIDE = 64

COLUMNS = {
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
"""Columns that are no projections."""
_NUMBER = "(SELECT number FROM mailbox WHERE id = ?)"
_VIEWED = {columns_of.FLAGS: viewing.FLAGS, columns_of.MOD_SEQUENCE: viewing.MOD_SEQUENCE}
"""Columns that say something else to a viewer."""


def fetch(
    db: apsw.Connection, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int, viewer: AccountId | None
) -> FetchPage:
    """A page of columns for ``uids[start:]``: one statement where all are there.

    More are good without a transaction around them too, since messages only ever go from ``placement`` to ``expunged``.
    """
    asked = uids[start : start + PAGE_ROWS]
    statement, wide = _statement(columns, viewer)
    key: tuple[object, ...] = (mailbox_id,)
    if viewing.JOIN in statement:
        key = (viewer, *key)
    rows, full = _rows(db, statement.format(table="placement"), key, asked, wide)
    if full:
        asked = asked[: _position_after(asked, rows[-1][0])]
    if not rows:
        number_of(db, mailbox_id)  # is there such a mailbox?
    if len(rows) < len(asked):
        here = {row[0] for row in rows}
        missing = [uid for uid in asked if uid not in here]
        buried, full = _rows(db, statement.format(table="expunged"), key, missing, wide)
        if full:
            asked = asked[: _position_after(asked, buried[-1][0])]
            rows = [row for row in rows if row[0] <= buried[-1][0]]
        rows = sorted(rows + buried, key=itemgetter(0))
    if columns_of.OCTETS in columns:
        rows = _assembled(rows, list(columns).index(columns_of.OCTETS) + 1)
    return FetchPage(rows, start + len(asked))


def source(db: apsw.Connection, mailbox_id: MailboxId, uid: int) -> tuple[bytes | None, str | None, tuple[Piece, ...], int]:
    """Where the octets of a message lie: (received octets, blob name, pieces, size shown)."""
    number = number_of(db, mailbox_id)
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


def _statement(columns: Sequence[str], viewer: AccountId | None) -> tuple[str, list[int]]:
    """The statement for the columns asked, and which of them may be long."""
    selected, joins, wide = ["p.uid"], [], []
    plain = COLUMNS
    if viewer is not None and not _VIEWED.keys().isdisjoint(columns):
        plain = COLUMNS | _VIEWED
        joins.append(viewing.JOIN)
    for position, column in enumerate(columns, 1):
        if column in plain:
            selected.append(plain[column])
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
    statement = f"SELECT {', '.join(selected)} FROM {{table}} p {' '.join(joins)} WHERE p.mailbox = {_NUMBER} AND "
    return statement, wide


def _rows(
    db: apsw.Connection, statement: str, key: tuple[object, ...], uids: Sequence[int], wide: list[int]
) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows until the page is full, and whether it is."""
    chosen = select_uids(uids, "p.uid")
    cursor = db.execute(f"{statement}{chosen.condition} ORDER BY p.uid", (*key, *chosen.bindings))
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
