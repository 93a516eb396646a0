"""Whoever edits the file of the audit log is found out."""

import asyncio
from pathlib import Path

import apsw
import pytest

from posthouse.adapters.audit.database import AuditDatabase
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.audit import Entry, Verdict

ENTRIES = [
    Entry(at=float(number), by="root", role="operator", act="account.add", subject=f"user{number}", domain="example.test")
    for number in range(1, 6)
]


async def after(path: Path, *statements: str) -> Verdict:
    """Write five entries, change the file as somebody with rights on it can, and verify."""
    database = AuditDatabase(path)
    await database.append(ENTRIES)
    await asyncio.to_thread(database.stop)
    connection = apsw.Connection(str(path))
    connection.execute("DROP TRIGGER entry_is_kept; DROP TRIGGER entry_stays")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    database = AuditDatabase(path)
    try:
        return await database.verify(0, "")
    finally:
        await asyncio.to_thread(database.stop)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET octets = replace(CAST(octets AS TEXT), 'user3', 'user9') WHERE number = 3",
        "UPDATE entry SET octets = x'00' WHERE number = 1",
        "UPDATE entry SET subject = 'user9' WHERE number = 3",
        "UPDATE entry SET at = 77 WHERE number = 5",
        "UPDATE entry SET digest = x'00' WHERE number = 2",
        "DELETE FROM entry WHERE number = 3",
        "DELETE FROM entry WHERE number = 1",
        "DELETE FROM entry WHERE number = 5",
        "DELETE FROM entry",
        "UPDATE entry SET number = -number WHERE number IN (2, 3); UPDATE entry SET number = 5 + number WHERE number < 0",
        "DELETE FROM entry WHERE number = 3; UPDATE entry SET number = number - 1 WHERE number > 3; UPDATE head SET number = 4",
        "UPDATE head SET number = 9",
        "INSERT INTO entry SELECT 6, at, act, subject, by, domain, account, octets, digest FROM entry WHERE number = 5",
    ],
)
async def test_what_was_altered_taken_out_or_moved_is_found(tmp_path: Path, statement: str) -> None:
    assert (await after(tmp_path / "audit.db", statement)).faults


async def test_what_was_left_alone_is_whole(tmp_path: Path) -> None:
    verdict = await after(tmp_path / "audit.db")
    assert (verdict.entries, verdict.faults) == (5, ())


async def test_an_end_cut_off_with_all_traces_is_seen_by_a_digest_noted_before(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    whole = await after(path)
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM entry WHERE number = 5")
    connection.execute("UPDATE head SET number = 4, digest = (SELECT digest FROM entry WHERE number = 4)")
    connection.close()
    database = AuditDatabase(path)
    assert (await database.verify(0, "")).faults == ()
    assert (await database.verify(whole.entries, whole.digest)).faults
    await asyncio.to_thread(database.stop)


async def test_the_file_itself_takes_no_changes(tmp_path: Path) -> None:
    database = AuditDatabase(tmp_path / "audit.db")
    await database.append(ENTRIES)
    await asyncio.to_thread(database.stop)
    connection = apsw.Connection(str(tmp_path / "audit.db"))
    for statement in ("UPDATE entry SET at = 0", "DELETE FROM entry WHERE number = 2"):
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute(statement)
    connection.close()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database, and longer than its header would be" * 100)
    database = AuditDatabase(tmp_path / "audit.db")
    with pytest.raises(PosthouseError):
        await database.append(ENTRIES)
    await asyncio.to_thread(database.stop)
