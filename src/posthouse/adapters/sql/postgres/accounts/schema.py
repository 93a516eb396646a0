"""The tables of all accounts (docs/adr/0009); what they mean is said where SQLite's are declared.

The account's number is the first part of every key, so that whatever one account has lies together. Messages and mailboxes are
numbered per account, under its lock. There are no foreign keys: they would look up and lock the account's row for every row that
comes in, and ``verify`` names what they would have prevented.

``email``, ``body``: bodies are kept as they are (mail hardly shrinks), so that nothing is unpacked to be measured.
"""

from collections.abc import Sequence

from posthouse.adapters.sql.postgres.migrating import migrate
from posthouse.adapters.sql.postgres.server import SCHEMA, Database
from posthouse.adapters.sql.rooms import rooms_of

MIGRATIONS = (
    """
    CREATE TABLE account (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id bytea NOT NULL UNIQUE,
        kind text NOT NULL,
        incarnation bigint NOT NULL DEFAULT 1,
        mod_sequence bigint NOT NULL DEFAULT 1,
        uid_validity bigint NOT NULL,
        email_sequence bigint NOT NULL DEFAULT 0,
        mailbox_sequence bigint NOT NULL DEFAULT 0,
        quota_octets bigint NOT NULL DEFAULT 0,
        quota_messages bigint NOT NULL DEFAULT 0,
        used_octets bigint NOT NULL DEFAULT 0,
        used_messages bigint NOT NULL DEFAULT 0,
        annotation_octets bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 50);
    CREATE TABLE mailbox (
        account bigint NOT NULL,
        number bigint NOT NULL,
        id bytea NOT NULL,
        name text COLLATE "C" NOT NULL,
        special_use text COLLATE "C",
        uid_validity bigint NOT NULL,
        uid_next bigint NOT NULL DEFAULT 1,
        mod_sequence bigint NOT NULL,
        messages bigint NOT NULL DEFAULT 0,
        unseen bigint NOT NULL DEFAULT 0,
        deleted bigint NOT NULL DEFAULT 0,
        size_octets bigint NOT NULL DEFAULT 0,
        recent_uid bigint NOT NULL DEFAULT 1,
        horizon bigint NOT NULL DEFAULT 0,
        viewers integer NOT NULL DEFAULT 0,
        PRIMARY KEY (account, number),
        UNIQUE (account, id),
        UNIQUE (account, name),
        UNIQUE (account, special_use)
    ) WITH (fillfactor = 70);
    CREATE TABLE subscription (
        account bigint NOT NULL,
        name text COLLATE "C" NOT NULL,
        PRIMARY KEY (account, name)
    );
    CREATE TABLE email (
        account bigint NOT NULL,
        number bigint NOT NULL,
        id bytea NOT NULL,
        thread_id bytea NOT NULL,
        received_at double precision NOT NULL,
        size_octets bigint NOT NULL,
        body_octets bigint NOT NULL,
        blob text,
        pieces bytea,
        trace_id bytea,
        delivery_id bytea,
        first_mailbox bigint NOT NULL,
        first_uid bigint NOT NULL,
        record bytea,
        holders integer NOT NULL,
        PRIMARY KEY (account, number),
        UNIQUE (account, id)
    ) WITH (fillfactor = 90);
    CREATE UNIQUE INDEX email_delivery ON email (account, delivery_id) WHERE delivery_id IS NOT NULL;
    CREATE TABLE body (
        account bigint NOT NULL,
        email bigint NOT NULL,
        octets bytea NOT NULL,
        PRIMARY KEY (account, email)
    );
    ALTER TABLE body ALTER octets SET STORAGE EXTERNAL;
    CREATE TABLE placement (
        account bigint NOT NULL,
        mailbox bigint NOT NULL,
        uid bigint NOT NULL,
        email bigint NOT NULL,
        mod_sequence bigint NOT NULL,
        flags integer NOT NULL,
        keywords text COLLATE "C" NOT NULL,
        saved_at double precision NOT NULL,
        PRIMARY KEY (account, mailbox, uid)
    ) WITH (fillfactor = 80);
    CREATE INDEX placement_mod_sequence ON placement (account, mailbox, mod_sequence);
    CREATE TABLE expunged (
        account bigint NOT NULL,
        mailbox bigint NOT NULL,
        uid bigint NOT NULL,
        email bigint NOT NULL,
        mod_sequence bigint NOT NULL,
        flags integer NOT NULL,
        keywords text COLLATE "C" NOT NULL,
        saved_at double precision NOT NULL,
        expunged_at double precision NOT NULL,
        PRIMARY KEY (account, mailbox, uid)
    );
    CREATE INDEX expunged_mod_sequence ON expunged (account, mailbox, mod_sequence);
    CREATE INDEX expunged_at ON expunged (account, expunged_at);
    CREATE TABLE message_id (
        account bigint NOT NULL,
        hash bigint NOT NULL,
        thread_id bytea NOT NULL,
        PRIMARY KEY (account, hash)
    );
    CREATE TABLE change (
        account bigint NOT NULL,
        mod_sequence bigint NOT NULL,
        type text NOT NULL,
        id bytea NOT NULL,
        kind text NOT NULL,
        at double precision NOT NULL
    );
    CREATE INDEX change_mod_sequence ON change (account, mod_sequence);
    CREATE TABLE viewer_seen (
        account bigint NOT NULL,
        viewer bytea NOT NULL,
        mailbox bigint NOT NULL,
        uid bigint NOT NULL,
        mod_sequence bigint NOT NULL,
        seen integer NOT NULL,
        PRIMARY KEY (account, viewer, mailbox, uid)
    );
    CREATE INDEX viewer_seen_mod_sequence ON viewer_seen (account, viewer, mailbox, mod_sequence);
    CREATE TABLE viewer_mailbox (
        account bigint NOT NULL,
        mailbox bigint NOT NULL,
        viewer bytea NOT NULL,
        seen bigint NOT NULL,
        PRIMARY KEY (account, mailbox, viewer)
    );
    CREATE TABLE mailbox_grant (
        account bigint NOT NULL,
        mailbox bigint NOT NULL,
        identifier text COLLATE "C" NOT NULL,
        rights integer NOT NULL,
        PRIMARY KEY (account, mailbox, identifier)
    );
    CREATE TABLE annotation (
        account bigint NOT NULL,
        mailbox bigint NOT NULL,
        entry text COLLATE "C" NOT NULL,
        viewer bytea NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (account, mailbox, entry, viewer)
    );
    CREATE TABLE outbox (
        account bigint NOT NULL,
        id bytea NOT NULL,
        item bytea NOT NULL,
        PRIMARY KEY (account, id)
    );
    """,
)
"""Ordered; a step once released never changes, and only adds (expand-only)."""

TABLES = (
    "mailbox",
    "subscription",
    "email",
    "body",
    "placement",
    "expunged",
    "message_id",
    "change",
    "viewer_seen",
    "viewer_mailbox",
    "mailbox_grant",
    "annotation",
    "outbox",
)
"""All that hold what accounts own; rooms of projections come on top."""


async def prepare(db: Database, projections: Sequence[str]) -> None:
    """Bring the schema up to date, with room for all projections; where it is, nothing is locked but for looking."""
    if not await _is_current(db, projections):
        await migrate(db, MIGRATIONS, _room(projections))


async def _is_current(db: Database, projections: Sequence[str]) -> bool:
    if await db.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.migration") is None:
        return False
    if await db.fetchval("SELECT count(*) FROM migration") != len(MIGRATIONS):
        return False
    rows = await db.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name LIKE 'projection%'",
        SCHEMA,
    )
    held = {(row[0], row[1]) for row in rows}
    return all((table, column) in held for table, columns in rooms_of(projections).items() for column in columns)


def _room(projections: Sequence[str]) -> str:
    """Statements that make room for projections that have none."""
    made = []
    for table, columns in rooms_of(projections).items():
        made.append(
            f"CREATE TABLE IF NOT EXISTS {table} (account bigint NOT NULL, email bigint NOT NULL, PRIMARY KEY (account, email))"
        )
        made += [f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} bytea" for column in columns]
    return ";".join(made)
