"""The queue's tables: a message once, and a row for each recipient that is not finished.

What is due is read off ``lane`` (a row for each destination and priority that somebody waits for) and found by index: never a
scan. A lease is a token and an end, which
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
    """
    ALTER TABLE recipient ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
    DROP INDEX recipient_due;
    DROP INDEX recipient_next;
    CREATE INDEX recipient_due ON recipient (destination, priority, next_attempt_at) WHERE state = 'waiting';
    CREATE INDEX recipient_waiting ON recipient (message, destination, priority, next_attempt_at) WHERE state = 'waiting';
    CREATE INDEX recipient_held ON recipient (message) WHERE state = 'held';
    CREATE TABLE lane (
        destination TEXT NOT NULL,
        priority INTEGER NOT NULL,
        due_at REAL NOT NULL,
        touched_at REAL NOT NULL,
        PRIMARY KEY (destination, priority)
    ) WITHOUT ROWID;
    CREATE INDEX lane_due ON lane (priority, due_at);
    CREATE INDEX lane_touched ON lane (priority, touched_at);
    INSERT INTO lane
        SELECT destination, priority, min(next_attempt_at), max(next_attempt_at) FROM recipient WHERE state = 'waiting'
        GROUP BY destination, priority;
    """,
)
