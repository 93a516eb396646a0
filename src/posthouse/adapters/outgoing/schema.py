"""The tables of ``outgoing.db``. Who has to do with whom is kept as a hash of both."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE replied (key BLOB PRIMARY KEY, since REAL NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX replied_since ON replied (since);
    """,
    """
    CREATE TABLE slot (
        subject TEXT NOT NULL, kind TEXT NOT NULL, seconds INTEGER NOT NULL, begin INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (subject, kind, seconds, begin)
    ) WITHOUT ROWID;
    CREATE INDEX slot_begin ON slot (seconds, begin);
    CREATE TABLE met (key BLOB PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX met_at ON met (at);
    CREATE TABLE network (
        account BLOB NOT NULL, network TEXT NOT NULL, since REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, network)
    ) WITHOUT ROWID;
    CREATE INDEX network_at ON network (at);
    """,
)
