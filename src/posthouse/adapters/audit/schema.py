"""The tables of ``audit.db``: the entries, what they are looked for by, and the end of the chain."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE entry (
        number INTEGER PRIMARY KEY, at REAL NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL, by TEXT NOT NULL,
        domain TEXT NOT NULL, account TEXT NOT NULL, octets BLOB NOT NULL, digest BLOB NOT NULL
    );
    CREATE INDEX entry_at ON entry (at);
    CREATE INDEX entry_subject ON entry (subject, number);
    CREATE INDEX entry_account ON entry (account, number);
    CREATE INDEX entry_domain ON entry (domain, number);
    CREATE INDEX entry_by ON entry (by, number);
    CREATE TABLE head (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), number INTEGER NOT NULL, digest BLOB NOT NULL);
    CREATE TRIGGER entry_is_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    """,
)
