"""The account's database, from day one (docs/adr/0001).

``email`` is a message, ``placement`` its presence in a mailbox: a copy is a second placement. One modification sequence counts
every change of the account. An expunged placement moves to ``expunged`` and keeps its message alive (``email.holders``) for the
time of undelete. Projections that are read together share a table, so that reading some never touches the pages of others.

``account.uid_sequence`` counts the UIDs given out in all mailboxes together: none of them can have a higher one.
``mailbox.horizon`` is the highest modification sequence of an expunge that was forgotten. ``mailbox.viewers`` tells whether
``viewer_mailbox`` (how many live messages a viewer has seen) and ``viewer_seen`` have rows for it, so that nobody looks in vain.
Annotations of mailbox 0 are the account's; those of viewer ``x''`` are shared, or the owner's.
"""

import functools
from collections.abc import Sequence

import apsw

from posthouse.adapters.sql.rooms import Place, place_of, rooms_of
from posthouse.adapters.sql.sqlite.file import immediate, migrate

MIGRATIONS = (
    """
    CREATE TABLE account (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id BLOB NOT NULL,
        kind TEXT NOT NULL,
        incarnation INTEGER NOT NULL,
        owner_epoch INTEGER NOT NULL,
        oldest_reader INTEGER NOT NULL,
        mod_sequence INTEGER NOT NULL,
        uid_validity INTEGER NOT NULL,
        quota_octets INTEGER NOT NULL,
        used_octets INTEGER NOT NULL,
        used_messages INTEGER NOT NULL
    );
    CREATE TABLE mailbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL UNIQUE,
        special_use TEXT UNIQUE,
        uid_validity INTEGER NOT NULL,
        uid_next INTEGER NOT NULL,
        mod_sequence INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        unseen INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        size_octets INTEGER NOT NULL,
        recent_uid INTEGER NOT NULL
    );
    CREATE TABLE subscription (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE email (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        thread_id BLOB NOT NULL,
        received_at REAL NOT NULL,
        size_octets INTEGER NOT NULL,
        body_octets INTEGER NOT NULL,
        blob TEXT,
        pieces BLOB,
        trace_id BLOB,
        delivery_id BLOB,
        first_mailbox INTEGER NOT NULL,
        first_uid INTEGER NOT NULL,
        record BLOB,
        holders INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX email_delivery ON email (delivery_id) WHERE delivery_id IS NOT NULL;
    CREATE TABLE body (email INTEGER PRIMARY KEY, octets BLOB NOT NULL);
    CREATE TABLE placement (
        mailbox INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        email INTEGER NOT NULL,
        mod_sequence INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        keywords TEXT NOT NULL,
        saved_at REAL NOT NULL,
        PRIMARY KEY (mailbox, uid)
    ) WITHOUT ROWID;
    CREATE INDEX placement_mod_sequence ON placement (mailbox, mod_sequence);
    CREATE TABLE expunged (
        mailbox INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        email INTEGER NOT NULL,
        mod_sequence INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        keywords TEXT NOT NULL,
        saved_at REAL NOT NULL,
        expunged_at REAL NOT NULL,
        PRIMARY KEY (mailbox, uid)
    ) WITHOUT ROWID;
    CREATE INDEX expunged_mod_sequence ON expunged (mailbox, mod_sequence);
    CREATE INDEX expunged_at ON expunged (expunged_at);
    CREATE TABLE message_id (hash INTEGER PRIMARY KEY, thread_id BLOB NOT NULL);
    CREATE TABLE change (
        mod_sequence INTEGER NOT NULL,
        type TEXT NOT NULL,
        id BLOB NOT NULL,
        kind TEXT NOT NULL,
        at REAL NOT NULL
    );
    CREATE INDEX change_mod_sequence ON change (mod_sequence);
    CREATE TABLE viewer_seen (
        viewer BLOB NOT NULL,
        mailbox INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        mod_sequence INTEGER NOT NULL,
        PRIMARY KEY (viewer, mailbox, uid)
    ) WITHOUT ROWID;
    CREATE TABLE outbox (id BLOB PRIMARY KEY, item BLOB NOT NULL);
    """,
    """
    ALTER TABLE account ADD COLUMN quota_messages INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN annotation_octets INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN uid_sequence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN horizon INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN viewers INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE viewer_seen ADD COLUMN seen INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX viewer_seen_mod_sequence ON viewer_seen (viewer, mailbox, mod_sequence);
    CREATE INDEX placement_deleted ON placement (mailbox, uid) WHERE flags & 8 != 0;
    CREATE TABLE viewer_mailbox (
        mailbox INTEGER NOT NULL,
        viewer BLOB NOT NULL,
        seen INTEGER NOT NULL,
        PRIMARY KEY (mailbox, viewer)
    ) WITHOUT ROWID;
    CREATE TABLE mailbox_grant (
        mailbox INTEGER NOT NULL,
        identifier TEXT NOT NULL,
        rights INTEGER NOT NULL,
        PRIMARY KEY (mailbox, identifier)
    ) WITHOUT ROWID;
    CREATE TABLE annotation (
        mailbox INTEGER NOT NULL,
        entry TEXT NOT NULL,
        viewer BLOB NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (mailbox, entry, viewer)
    );
    UPDATE account SET uid_sequence = (SELECT coalesce(sum(uid_next - 1), 0) FROM mailbox);
    """,
)
"""Ordered; a step once released never changes, and only adds (expand-only)."""

OLDEST_READER = 1
"""The schema a program must know at least to open a file written by this one."""


def keep_projections(db: apsw.Connection, email: int, projections: Sequence[str], values: Sequence[bytes]) -> None:
    """Write a message's projections, one row in each room."""
    for statement, positions in _statements(tuple(projections)):
        db.execute(statement, (email, *(values[position] for position in positions)))


@functools.cache
def _statements(projections: tuple[str, ...]) -> list[tuple[str, list[int]]]:
    found = []
    places = [place_of(projection) for projection in projections]
    for table, columns in rooms_of(projections).items():
        marks = ", ".join("?" * (len(columns) + 1))
        statement = f"INSERT OR REPLACE INTO {table} (email, {', '.join(columns)}) VALUES ({marks})"
        found.append((statement, [places.index(Place(table, column)) for column in columns]))
    return found


def is_current(connection: apsw.Connection, projections: Sequence[str]) -> bool:
    """Whether the database has the newest schema, and room for all projections."""
    if int(connection.pragma("user_version") or 0) != len(MIGRATIONS):
        return False
    try:
        connection.execute(_probe(tuple(projections)))
    except apsw.SQLError:
        return False
    return True


def prepare(connection: apsw.Connection, projections: Sequence[str]) -> None:
    """Bring an account's database to the newest schema and make room for projections that are new."""
    migrate(connection, MIGRATIONS)
    if _missing(connection, projections):
        with immediate(connection):
            for statement in _missing(connection, projections):
                connection.execute(statement)


@functools.cache
def _probe(projections: tuple[str, ...]) -> str:
    """A statement that cannot be prepared where a projection has no room: cheaper than asking for the columns there are."""
    if not projections:
        return "SELECT 1"
    places = [place_of(projection) for projection in projections]
    columns = ", ".join(f"{place.table}.{place.column}" for place in places)
    return f"SELECT {columns} FROM {', '.join(dict.fromkeys(place.table for place in places))} LIMIT 0"


def _missing(connection: apsw.Connection, projections: Sequence[str]) -> list[str]:
    """Statements that make room for the projections that have none."""
    rows = connection.execute(
        """
        SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name GLOB 'projection_*'
        """
    )
    held = {(str(table), str(column)) for table, column in rows}
    tables = {table for table, _ in held}
    missing = []
    for table, columns in rooms_of(projections).items():
        if table not in tables:
            missing.append(f"CREATE TABLE {table} (email INTEGER PRIMARY KEY, {', '.join(f'{column} BLOB' for column in columns)})")
        else:
            missing += [f"ALTER TABLE {table} ADD COLUMN {column} BLOB" for column in columns if (table, column) not in held]
    return missing
