"""Fetching messages: pages of columns, cut by the server where they grow large."""

import functools
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from posthouse.adapters.sql.arrival import decode_pieces
from posthouse.adapters.sql.postgres.accounts.transactions import viewing
from posthouse.adapters.sql.postgres.accounts.transactions.reading import PAGE_ROWS, number_of
from posthouse.adapters.sql.postgres.accounts.transactions.selection import select_uids
from posthouse.adapters.sql.postgres.server import Database
from posthouse.adapters.sql.rooms import place_of
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.content import Piece, assemble
from posthouse.ports import account_store as columns_of
from posthouse.ports.account_store import FetchPage

PAGE_OCTETS = 262_144
WIDE_ROWS = 500
"""Rows whose lengths are added up to find where a page ends."""

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
    columns_of.OCTETS: "b.octets",
}
_VIEWED = {columns_of.FLAGS: viewing.FLAGS, columns_of.MOD_SEQUENCE: viewing.MOD_SEQUENCE}
"""Columns that say something else to a viewer."""
_PLACED = "account, mailbox, uid, email, mod_sequence, flags, keywords, saved_at"


class Source(NamedTuple):
    """Where the octets of a message lie."""

    body: bytes | None
    blob: str | None
    pieces: tuple[Piece, ...]
    size_octets: int


async def fetch(
    db: Database,
    mailbox: tuple[int, MailboxId],
    wanted: tuple[Sequence[int], int],
    columns: Sequence[str],
    viewer: AccountId | None,
) -> FetchPage:
    """A page of columns; ``wanted`` are UIDs and the index to begin with."""
    uids, start = wanted
    query = _query(tuple(columns), viewer is not None)
    asked = uids[start : start + (WIDE_ROWS if query.is_wide else PAGE_ROWS)]
    chosen = select_uids(asked)
    statement = query.statement.format(chosen=chosen.condition)
    rows = await db.fetch(statement, *mailbox, *chosen.bindings, *(() if viewer is None or not query.is_viewed else (viewer,)))
    if not rows:
        await number_of(db, *mailbox)
        return FetchPage([], start + len(asked))
    length = len(asked)
    if len(rows) < rows[0][0]:
        length = bisect_right(asked, rows[-1][1])
    return FetchPage(_answers(rows, columns), start + length)


async def source(db: Database, account: int, mailbox_id: MailboxId, uid: int) -> Source:
    """Where the octets of a message lie. Raises: NotFound."""
    row = await db.fetchrow(
        f"""
        SELECT b.octets, e.blob, e.pieces, e.size_octets
        FROM (SELECT {_PLACED} FROM placement UNION ALL SELECT {_PLACED} FROM expunged) AS p
        JOIN email e ON e.account = p.account AND e.number = p.email
        LEFT JOIN body b ON b.account = p.account AND b.email = p.email
        WHERE p.account = $1 AND p.mailbox = (SELECT number FROM mailbox WHERE account = $1 AND id = $2) AND p.uid = $3
        """,
        account,
        mailbox_id,
        uid,
    )
    if row is None:
        raise NotFound(f"there is no message {uid}")
    return Source(row[0], row[1], decode_pieces(row[2]), row[3])


class _Query(NamedTuple):
    statement: str
    is_wide: bool
    is_viewed: bool


@functools.lru_cache(256)
def _query(columns: tuple[str, ...], has_viewer: bool) -> _Query:
    """The statement for the columns asked: how many rows there are, then UID and columns of those that fit a page."""
    plain = _COLUMNS | _VIEWED if has_viewer else _COLUMNS
    is_viewed = has_viewer and not _VIEWED.keys().isdisjoint(columns)
    places = [place_of(column) for column in columns if column not in plain]
    selected = [plain[column] if column in plain else ".".join(place_of(column)) for column in columns]
    wide = [".".join(place) for place in places]
    joins = [f"LEFT JOIN {table} USING (account, email)" for table in dict.fromkeys(place.table for place in places)]
    if columns_of.OCTETS in columns:
        wide.append("b.octets")
        selected.append("e.pieces")
        joins.append("LEFT JOIN body b USING (account, email)")
    if any(item.startswith("e.") for item in selected):
        joins.append("JOIN email e ON e.account = p.account AND e.number = p.email")
    if is_viewed:
        joins.append(viewing.JOIN.format(5))
    size = " + ".join([f"coalesce(octet_length({item}), 0)" for item in wide]) or "0"
    names = ", ".join([f"{item} AS c{position}" for position, item in enumerate(selected)])
    statement = f"""
        SELECT held, uid{"".join(f", c{position}" for position in range(len(selected)))} FROM (
            SELECT count(*) OVER () AS held, p.uid{", " if names else ""}{names},
                   sum({size}) OVER (ORDER BY p.uid) - ({size}) AS before
            FROM ({_live_and_expunged()}) AS p {" ".join(joins)}
        ) AS page WHERE before < {PAGE_OCTETS} ORDER BY uid
    """
    return _Query(statement, bool(wide), is_viewed)


def _live_and_expunged() -> str:
    here = "account = $1 AND mailbox = (SELECT number FROM mailbox WHERE account = $1 AND id = $2) AND {chosen}"
    return " UNION ALL ".join([f"SELECT {_PLACED} FROM {table} WHERE {here}" for table in ("placement", "expunged")])


def _answers(rows: list[tuple[Any, ...]], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    if columns_of.OCTETS not in columns:
        return [tuple(row)[1:] for row in rows]
    position = list(columns).index(columns_of.OCTETS) + 2
    answers = []
    for row in map(tuple, rows):
        octets = None if row[position] is None else assemble(row[position], decode_pieces(row[-1]))
        answers.append((*row[1:position], octets, *row[position + 1 : -1]))
    return answers
