"""Projections against octets: rebuilding them all, and checking that what is kept is what would be computed."""

from typing import NamedTuple

import apsw

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.sqlite.accounts.arrival import decode_pieces
from posthouse.adapters.sql.sqlite.accounts.files import OpenAccount
from posthouse.adapters.sql.sqlite.accounts.schema import keep_projections, place_of
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import PosthouseError
from posthouse.model.content import assemble
from posthouse.ports.account_store import Fault
from posthouse.ports.projection import Projections

PAGE = 50


class _Row(NamedTuple):
    number: int
    size_octets: int
    body: bytes | None
    blob: str | None
    pieces: bytes | None

    def octets(self, account: OpenAccount) -> bytes:
        body = self.body
        if body is None:
            body = read_blob(account.blob(self.blob or ""), 0, None)
        return assemble(body, decode_pieces(self.pieces))


def rebuild(db: apsw.Connection, account: OpenAccount, after: int, projections: Projections) -> tuple[int, int]:
    """Compute the projections of a page of messages anew: (messages done, number to go on after)."""
    rows = _rows(db, after)
    for row in rows:
        octets = row.octets(account)
        part = scan(octets)
        keep_projections(db, row.number, list(projections), [project(octets, part) for project in projections.values()])
    return len(rows), rows[-1].number if rows else after


def check_emails(db: apsw.Connection, account: OpenAccount, after: int, projections: Projections) -> tuple[list[Fault], int | None]:
    """Compare a page of messages with what is kept about them: (faults, number to go on after or None at the end)."""
    rows = _rows(db, after)
    faults = []
    for row in rows:
        try:
            faults += _check(db, row, row.octets(account), projections)
        except (PosthouseError, OSError) as error:
            faults.append(Fault(f"a message cannot be read: {error}", f"email {row.number}"))
    return faults, rows[-1].number if rows else None


def _check(db: apsw.Connection, row: _Row, octets: bytes, projections: Projections) -> list[Fault]:
    faults = []
    if row.size_octets != len(octets):
        faults.append(Fault("a message's size differs from its octets", f"email {row.number}"))
    part = scan(octets)
    for name, project in projections.items():
        table, column = place_of(name)
        kept = db.execute(f"SELECT {column} FROM {table} WHERE email = ?", (row.number,)).fetchone()
        if kept is None or kept[0] != project(octets, part):
            faults.append(Fault(f"the projection {name} is not what the octets say", f"email {row.number}"))
    return faults


def _rows(db: apsw.Connection, after: int) -> list[_Row]:
    rows = db.execute(
        """
        SELECT e.number, e.size_octets, b.octets, e.blob, e.pieces FROM email e LEFT JOIN body b ON b.email = e.number
        WHERE e.number > ? ORDER BY e.number LIMIT ?
        """,
        (after, PAGE),
    )
    return [_Row(*row) for row in rows]
