"""Bringing the schema of a database up to date, while any number of processes start at once."""

from collections.abc import Sequence

from posthouse.adapters.sql.postgres.server import SCHEMA, Database
from posthouse.foundation.errors import Unavailable

_LOCK = 0x706F7374
"""Key of the advisory lock under which schemas are changed ("post")."""


async def migrate(db: Database, migrations: Sequence[str], more: str) -> None:
    """Run the steps that have not been run, then ``more`` (statements that change nothing when run again); all or nothing.

    Raises: Unavailable for a schema written by a newer program.
    """
    await db.execute(f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK})")
    try:
        if await db.fetchval("SELECT getdatabaseencoding()") != "UTF8":
            raise Unavailable("the database has to be made with the encoding UTF8")
        if await db.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.migration") is None:
            await db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; CREATE TABLE migration (number integer PRIMARY KEY)")
        done = int(await db.fetchval("SELECT count(*) FROM migration"))
        if done > len(migrations):
            raise Unavailable(f"the schema is of a newer Posthouse ({done} steps, this one knows {len(migrations)})")
        for number in range(done, len(migrations)):
            await db.execute(migrations[number])
            await db.execute("INSERT INTO migration VALUES ($1)", number)
        if more:
            await db.execute(more)
    except BaseException:
        await db.execute("ROLLBACK")
        raise
    await db.execute("COMMIT")
