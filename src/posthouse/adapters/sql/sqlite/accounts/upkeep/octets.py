"""Projections against octets: rebuilding them all, and checking that what is kept is what would be computed."""

import contextlib
from typing import NamedTuple

import apsw
import msgspec

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.arrival import decode_pieces
from posthouse.adapters.sql.rooms import place_of
from posthouse.adapters.sql.sqlite.accounts.files import OpenAccount
from posthouse.adapters.sql.sqlite.accounts.schema import keep_projections
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import EmailId, to_text
from posthouse.model.content import assemble
from posthouse.ports.account_store import Fault
from posthouse.ports.projection import Projections

PAGE = 50
PAGE_OCTETS = 262_144
"""A page ends after the message that makes it so large."""


class Computed(NamedTuple):
    """A message and what its projections should be."""

    number: int
    id: EmailId
    projections: list[bytes] | None
    """None where its octets cannot be read; ``verify`` says why."""


class _Row(NamedTuple):
    number: int
    id: bytes
    size_octets: int
    body: bytes | None
    blob: str | None
    pieces: bytes | None

    def octets(self, account: OpenAccount) -> bytes:
        body = self.body
        if body is None:
            body = read_blob(account.blob(self.blob or ""), 0, None)
        return assemble(body, decode_pieces(self.pieces))


def compute(db: apsw.Connection, account: OpenAccount, after: EmailId | None, projections: Projections) -> list[Computed]:
    """Compute the projections of the next page of messages by id."""
    found = []
    done = 0
    for row in _rows(db, after):
        kept: list[bytes] | None = None
        with contextlib.suppress(PosthouseError, OSError, msgspec.MsgspecError):
            octets = row.octets(account)
            part = scan(octets)
            kept = [project(octets, part) for project in projections.values()]
            done += len(octets)
        found.append(Computed(row.number, EmailId(row.id), kept))
        if done >= PAGE_OCTETS:
            break
    return found


def rebuild(db: apsw.Connection, found: list[Computed], names: list[str]) -> None:
    """Keep what was computed, of messages that are still there."""
    for item in found:
        here = db.execute("SELECT 1 FROM email WHERE number = ? AND id = ?", (item.number, item.id)).fetchone() is not None
        if here and item.projections is not None:
            keep_projections(db, item.number, names, item.projections)


def check_emails(
    db: apsw.Connection, account: OpenAccount, after: EmailId | None, projections: Projections
) -> tuple[list[Fault], EmailId | None]:
    """Compare a page of messages with what is kept about them: (faults, id to go on after or None at the end)."""
    faults = []
    last = None
    done = 0
    for row in _rows(db, after):
        last = EmailId(row.id)
        try:
            octets = row.octets(account)
            faults += _check(db, row, octets, projections)
            done += len(octets)
        except (PosthouseError, OSError, msgspec.MsgspecError) as error:
            faults.append(Fault(f"a message cannot be read: {error}", f"email {to_text(row.id)}"))
        if done >= PAGE_OCTETS:
            break
    return faults, last


def _check(db: apsw.Connection, row: _Row, octets: bytes, projections: Projections) -> list[Fault]:
    faults = []
    if row.size_octets != len(octets):
        faults.append(Fault("a message's size differs from its octets", f"email {to_text(row.id)}"))
    part = scan(octets)
    for name, project in projections.items():
        table, column = place_of(name)
        kept = db.execute(f"SELECT {column} FROM {table} WHERE email = ?", (row.number,)).fetchone()
        if kept is None or kept[0] != project(octets, part):
            faults.append(Fault(f"the projection {name} is not what the octets say", f"email {to_text(row.id)}"))
    return faults


def _rows(db: apsw.Connection, after: EmailId | None) -> list[_Row]:
    rows = db.execute(
        """
        SELECT e.number, e.id, e.size_octets, b.octets, e.blob, e.pieces FROM email e LEFT JOIN body b ON b.email = e.number
        WHERE e.id > ? ORDER BY e.id LIMIT ?
        """,
        (after or b"", PAGE),
    )
    return [_Row(*row) for row in rows]
