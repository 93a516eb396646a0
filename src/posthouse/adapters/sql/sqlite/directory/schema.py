"""The directory's tables. Every change raises ``epoch``; keys are normalised addresses, the written form stands beside."""

from typing import Final

from posthouse.adapters.sql.sqlite.directory.indexing import index_credentials, index_everything, index_names
from posthouse.adapters.sql.sqlite.file import Migration

MIGRATIONS: Final[tuple[Migration, ...]] = (
    """
    CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
    INSERT INTO epoch VALUES (1, 1);
    CREATE TABLE domain (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE address (
        key TEXT PRIMARY KEY,
        domain TEXT NOT NULL,
        account_id BLOB,
        CHECK (key != '')
    ) WITHOUT ROWID;
    CREATE INDEX address_domain ON address (domain, key);
    CREATE TABLE account (id BLOB PRIMARY KEY, key TEXT NOT NULL UNIQUE, domain TEXT NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX account_domain ON account (domain, key);
    CREATE TABLE alias (key TEXT PRIMARY KEY, domain TEXT NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX alias_domain ON alias (domain, key);
    CREATE TABLE alias_target (target TEXT NOT NULL, alias TEXT NOT NULL, PRIMARY KEY (target, alias)) WITHOUT ROWID;
    CREATE TABLE credential (
        id BLOB PRIMARY KEY,
        account_id BLOB NOT NULL,
        kind TEXT NOT NULL,
        value BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX credential_account ON credential (account_id, id);
    CREATE TABLE setting (scope TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
    """,
    """
    CREATE TABLE share (grantee TEXT NOT NULL, owner BLOB NOT NULL, PRIMARY KEY (grantee, owner)) WITHOUT ROWID;
    CREATE INDEX share_owner ON share (owner, grantee);
    """,
    """
    CREATE TABLE domain_key (
        domain TEXT NOT NULL,
        selector TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (domain, selector)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE member_group (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE group_member (member TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (member, id)) WITHOUT ROWID;
    CREATE INDEX group_member_id ON group_member (id);
    """,
    index_everything,
    index_credentials,
    index_names,
)
