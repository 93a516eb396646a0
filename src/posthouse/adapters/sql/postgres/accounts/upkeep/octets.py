"""Projections against octets: rebuilding them all, and checking that what is kept is what would be computed."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from posthouse.adapters.sql.arrival import decode_pieces
from posthouse.adapters.sql.postgres.accounts.bodies import Bodies
from posthouse.adapters.sql.postgres.accounts.transactions.fetching import Source
from posthouse.adapters.sql.postgres.server import Database
from posthouse.adapters.sql.rooms import place_of, rooms_of
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId, EmailId, to_text
from posthouse.ports.account_store import Fault
from posthouse.ports.projection import Projections

PAGE = 50
Home = tuple[Bodies, AccountId]
"""Where an account's large bodies are."""


class Computed(NamedTuple):
    """A message and what its projections should be."""

    number: int
    id: EmailId
    projections: list[bytes] | None
    """None where its octets cannot be read; ``verify`` says why."""


class _Row(NamedTuple):
    number: int
    id: EmailId
    source: Source
    kept: tuple[bytes | None, ...]


async def compute(db: Database, account: int, home: Home, after: EmailId | None, projections: Projections) -> list[Computed]:
    """Compute the projections of the next page of messages by id."""
    rows = await _rows(db, account, after, [])
    return await asyncio.to_thread(lambda: [_computed(row, home, projections) for row in rows])


async def rebuild(db: Database, account: int, found: Sequence[Computed], names: Sequence[str]) -> None:
    """Keep what was computed, of messages that are still there."""
    readable = [(item, item.projections) for item in found if item.projections is not None]
    places = [place_of(name) for name in names]
    for table, columns in rooms_of(names).items():
        positions = [number for number, place in enumerate(places) if place.table == table]
        arrays = ", ".join(f"${number}::bytea[]" for number in range(4, 4 + len(columns)))
        await db.execute(
            f"""
            INSERT INTO {table} (account, email, {", ".join(columns)})
            SELECT $1, e.number, {", ".join(f"i.{column}" for column in columns)}
            FROM unnest($2::bigint[], $3::bytea[], {arrays}) AS i(number, id, {", ".join(columns)})
            JOIN email e ON e.account = $1 AND e.number = i.number AND e.id = i.id
            ON CONFLICT (account, email) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in columns)}
            """,
            account,
            [item.number for item, _ in readable],
            [item.id for item, _ in readable],
            *([kept[position] for _, kept in readable] for position in positions),
        )


async def check_emails(
    db: Database, account: int, home: Home, after: EmailId | None, projections: Projections
) -> tuple[list[Fault], EmailId | None]:
    """Compare a page of messages with what is kept about them: (faults, id to go on after or None at the end)."""
    rows = await _rows(db, account, after, list(projections))
    faults = await asyncio.to_thread(lambda: [fault for row in rows for fault in _check(row, home, projections)])
    return faults, rows[-1].id if rows else None


def _computed(row: _Row, home: Home, projections: Projections) -> Computed:
    kept: list[bytes] | None = None
    with contextlib.suppress(PosthouseError, OSError, msgspec.MsgspecError):
        octets = home[0].read(home[1], row.source, 0, None)
        part = scan(octets)
        kept = [project(octets, part) for project in projections.values()]
    return Computed(row.number, row.id, kept)


def _check(row: _Row, home: Home, projections: Projections) -> list[Fault]:
    where = f"email {to_text(row.id)}"
    try:
        octets = home[0].read(home[1], row.source, 0, None)
    except (PosthouseError, OSError, msgspec.MsgspecError) as error:
        return [Fault(f"a message cannot be read: {error}", where)]
    faults = []
    if row.source.size_octets != len(octets):
        faults.append(Fault("a message's size differs from its octets", where))
    part = scan(octets)
    for (name, project), kept in zip(projections.items(), row.kept, strict=True):
        if kept != project(octets, part):
            faults.append(Fault(f"the projection {name} is not what the octets say", where))
    return faults


async def _rows(db: Database, account: int, after: EmailId | None, projections: Sequence[str]) -> list[_Row]:
    columns = "".join(f", {'.'.join(place_of(name))}" for name in projections)
    rooms = " ".join(
        f"LEFT JOIN {table} ON {table}.account = e.account AND {table}.email = e.number" for table in rooms_of(projections)
    )
    rows = await db.fetch(
        f"""
        SELECT e.number, e.id, e.size_octets, b.octets, e.blob, e.pieces{columns}
        FROM email e LEFT JOIN body b ON b.account = e.account AND b.email = e.number {rooms}
        WHERE e.account = $1 AND e.id > $2 ORDER BY e.id LIMIT {PAGE}
        """,
        account,
        after or b"",
    )
    return [_Row(row[0], EmailId(row[1]), Source(row[3], row[4], decode_pieces(row[5]), row[2]), tuple(row)[6:]) for row in rows]
