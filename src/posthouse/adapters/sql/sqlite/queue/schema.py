"""The queue's tables: a message once, and a row for each recipient that is not finished.

``recipient`` is found by what is due (index on destination and next attempt), never by a scan. A lease is a token and an end, which
is also when the row is due again; ``begun`` says that a transmission started under it, so that the next runner knows of a
possible duplicate. Finished recipients stay until their message is finished, for people who ask.
"""

MIGRATIONS = (
    """
    CREATE TABLE message (
        id BLOB PRIMARY KEY,
        value BLOB NOT NULL,
        body BLOB,
        blob TEXT,
        body_octets INTEGER NOT NULL,
        size_octets INTEGER NOT NULL,
        received_at REAL NOT NULL
    );
    CREATE TABLE recipient (
        message BLOB NOT NULL,
        number INTEGER NOT NULL,
        address TEXT NOT NULL,
        destination TEXT NOT NULL,
        value BLOB NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at REAL NOT NULL,
        lease_token INTEGER NOT NULL DEFAULT 0,
        lease_until REAL NOT NULL DEFAULT 0,
        begun INTEGER NOT NULL DEFAULT 0,
        delay_notified INTEGER NOT NULL DEFAULT 0,
        last_reply TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (message, number)
    ) WITHOUT ROWID;
    CREATE INDEX recipient_due ON recipient (destination, next_attempt_at) WHERE state = 'waiting';
    CREATE INDEX recipient_next ON recipient (next_attempt_at) WHERE state = 'waiting';
    CREATE TABLE token (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
    INSERT INTO token VALUES (1, 0);
    """,
    """
    ALTER TABLE message ADD COLUMN reverse_path TEXT NOT NULL DEFAULT '';
    """,
)
