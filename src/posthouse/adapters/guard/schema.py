"""The tables of ``guard.db``. Secrets that were tried are here as keyed hashes only; who is known where, as a hash."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE tally (
        kind TEXT NOT NULL, subject TEXT NOT NULL, failures INTEGER NOT NULL, since REAL NOT NULL,
        blocks INTEGER NOT NULL, until REAL NOT NULL, touched REAL NOT NULL, PRIMARY KEY (kind, subject)
    ) WITHOUT ROWID;
    CREATE INDEX tally_touched ON tally (touched);
    CREATE INDEX tally_until ON tally (until);
    CREATE TABLE hand (network TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE tried (key BLOB PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX tried_at ON tried (at);
    CREATE TABLE known (key BLOB PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX known_at ON known (at);
    """,
)
