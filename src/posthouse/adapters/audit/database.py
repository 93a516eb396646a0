"""The audit log in ``audit.db`` (port ``Audit``, the owner's end).

``synchronous=FULL``: what was answered survives a crash of the machine. The columns beside ``octets`` are for looking only; they
are compared with it when the chain is verified.
"""

import hmac
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from posthouse.adapters.audit.chain import BEGINNING, following, written
from posthouse.adapters.audit.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.ports.audit import Entry, Recorded, Sought, Verdict

FAULTS: Final = 20
"""Told at most."""
_PUT: Final = "INSERT INTO entry (number, at, act, subject, by, domain, account, octets, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DECODE: Final = msgspec.json.Decoder(Entry).decode


class AuditDatabase:
    """Writing and looking take turns on one thread; verifying has its own connection, so that nobody waits for it."""

    def __init__(self, path: Path) -> None:
        self._threads = Threads(2, "audit")
        self._file = SerialFile(lambda: _connect(path), writes=True)
        self._verifying = SerialFile(lambda: _connect(path), writes=False)

    def stop(self) -> None:
        """Finish what waits and close."""
        self._threads.close(self._verifying)
        self._threads.close(self._file)
        self._threads.stop()

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries at the end."""
        await self._threads.run(self._file, lambda db: _append(db, entries))

    async def read(self, sought: Sought, before: int, limit: int) -> list[Recorded]:
        """Entries, the newest first."""
        return await self._threads.run(self._file, lambda db: _read(db, sought, before, limit))

    async def verify(self, number: int, digest: str) -> Verdict:
        """Compute the chain anew."""
        return await self._threads.run(self._verifying, lambda db: _verify(db, number, digest))


def _append(db: apsw.Connection, entries: Sequence[Entry]) -> None:
    number, digest = _head(db)
    for entry in entries:
        number += 1
        octets = written(entry)
        digest = following(digest, number, octets)
        db.execute(_PUT, (number, *_columns(entry), octets, digest))
    db.execute("INSERT OR REPLACE INTO head (only_one, number, digest) VALUES (1, ?, ?)", (number, digest))


def _columns(entry: Entry) -> tuple[float, str, str, str, str, str]:
    return entry.at, entry.act, entry.subject, entry.by, entry.domain, entry.account


def _head(db: apsw.Connection) -> tuple[int, bytes]:
    found = db.execute("SELECT number, digest FROM head").fetchone()
    return (0, BEGINNING) if found is None else (found[0], found[1])


def _read(db: apsw.Connection, sought: Sought, before: int, limit: int) -> list[Recorded]:
    conditions = dict(_conditions(sought, before))
    where = " AND ".join(conditions) or "1"
    bindings = [value for values in conditions.values() for value in values]
    rows = db.execute(
        f"SELECT number, octets, digest FROM entry WHERE {where} ORDER BY number DESC LIMIT ?",  # noqa: S608 - fixed words
        (*bindings, limit),
    )
    return [Recorded(number, _DECODE(octets), digest.hex()) for number, octets, digest in rows]


def _conditions(sought: Sought, before: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    if before:
        yield "number < ?", (before,)
    if sought.since:
        yield "at >= ?", (sought.since,)
    if sought.until:
        yield "at < ?", (sought.until,)
    if sought.act:
        yield "(act = ? OR substr(act, 1, ?) = ?)", (sought.act, len(sought.act) + 1, f"{sought.act}.")
    for name in ("subject", "by", "account"):
        if value := getattr(sought, name):
            yield f"{name} = ?", (value,)
    if sought.domains is not None:
        yield f"domain IN ({', '.join('?' * len(sought.domains))})", sought.domains


def _verify(db: apsw.Connection, known: int, known_digest: str) -> Verdict:
    head_number, head_digest = _head(db)
    faults = list(itertools.islice(_faults(db, head_number, head_digest), FAULTS))
    if known:
        row = db.execute("SELECT digest FROM entry WHERE number = ?", (known,)).fetchone()
        if row is None or not hmac.compare_digest(row[0].hex(), known_digest.lower()):
            faults.append(f"entry {known} is not the one that had the digest {known_digest}")
    digest = head_digest.hex() if head_number else ""
    return Verdict(head_number, digest, tuple(faults))


def _faults(db: apsw.Connection, head_number: int, head_digest: bytes) -> Iterator[str]:
    digest, expected = BEGINNING, 1
    rows = db.execute("SELECT number, octets, digest, at, act, subject, by, domain, account FROM entry ORDER BY number")
    for number, octets, kept, *columns in rows:
        if number != expected:
            yield f"entries {expected} to {number - 1} are missing"
            digest = b""
        expected = number + 1
        if not digest or not isinstance(octets, bytes) or following(digest, number, octets) != kept:
            yield f"entry {number} is not the one that was written, or does not follow the one before it"
        elif (entry := _decoded(octets)) is None or list(_columns(entry)) != columns:
            yield f"entry {number} is filed under other words than its own"
        digest = kept if isinstance(kept, bytes) else b""
    if expected - 1 != head_number or (head_number and digest != head_digest):
        yield f"the log ends with entry {expected - 1}, but its last entry was {head_number}"


def _decoded(octets: bytes) -> Entry | None:
    try:
        return _DECODE(octets)
    except msgspec.DecodeError:
        return None


def _connect(path: Path) -> apsw.Connection:
    connection = connect(path)
    connection.pragma("wal_autocheckpoint", 1_000)
    migrate(connection, MIGRATIONS)
    return connection
