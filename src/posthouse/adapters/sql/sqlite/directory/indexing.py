"""What is found by more than its key: login names, operators, what a domain has, what comes at a fixed time.

Rows made from the values beside which they stand, in the same transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import apsw
import msgspec

from posthouse.foundation.errors import AlreadyExists
from posthouse.model.account import Account, Alias, Credential, Due, Status
from posthouse.model.naming import named_by
from posthouse.model.people.domain_rules import DomainTotals
from posthouse.model.role import Role

TABLES: Final = """
    CREATE TABLE login (name TEXT PRIMARY KEY, account_id BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE operator (account_id BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE total (
        domain TEXT PRIMARY KEY,
        mailboxes INTEGER NOT NULL,
        quota_octets INTEGER NOT NULL,
        unlimited INTEGER NOT NULL,
        aliases INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE due (what TEXT NOT NULL, at REAL NOT NULL, key TEXT NOT NULL, PRIMARY KEY (what, at, key)) WITHOUT ROWID;
    ALTER TABLE alias_target ADD COLUMN domain TEXT NOT NULL DEFAULT '';
    CREATE INDEX alias_target_domain ON alias_target (domain, alias);
    UPDATE alias_target SET domain = replace(target, rtrim(target, replace(target, '@', '')), '');
"""
ALIAS_END: Final = "alias"
CREDENTIAL_EXPIRY: Final = "credential"
CREDENTIALS_DUE: Final = (
    "SELECT value FROM due CROSS JOIN credential ON credential.id = due.key "
    "WHERE what = ? AND at > ? AND at <= ? ORDER BY at, due.key LIMIT ?"
)
_ADD: Final = """
    INSERT INTO total VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain) DO UPDATE SET
    mailboxes = mailboxes + ?2, quota_octets = quota_octets + ?3, unlimited = unlimited + ?4, aliases = aliases + ?5
"""


NAMES: Final = """
    CREATE TABLE naming (name TEXT NOT NULL, account_id BLOB NOT NULL, domain TEXT NOT NULL, PRIMARY KEY (name, account_id))
    WITHOUT ROWID;
    CREATE INDEX naming_domain ON naming (domain, account_id);
"""
_ACCOUNT: Final = msgspec.msgpack.Decoder(Account)
_CREDENTIAL: Final = msgspec.msgpack.Decoder(Credential)


def index_everything(db: apsw.Connection) -> None:
    """The step of the schema that makes these rows, for what is there already."""
    db.execute(TABLES)
    accounts, aliases = msgspec.msgpack.Decoder(Account), msgspec.msgpack.Decoder(Alias)
    for (value,) in db.execute("SELECT value FROM account"):
        index_account(db, accounts.decode(value))
    for (value,) in db.execute("SELECT value FROM alias"):
        index_alias(db, aliases.decode(value))


def index_account(db: apsw.Connection, account: Account) -> None:
    """Make the rows of an account. Raises: AlreadyExists (a login name)."""
    _count(db, account.domain, 1, account)
    for name in account.logins:
        if db.execute("SELECT 1 FROM login WHERE name = ?", (name,)).fetchone():
            raise AlreadyExists(f"somebody has the login name {name} already")
        db.execute("INSERT INTO login VALUES (?, ?)", (name, account.id))
    if _is_operator(account):
        db.execute("INSERT INTO operator VALUES (?)", (account.id,))
    db.executemany("INSERT INTO due VALUES (?, ?, ?)", _due(account))
    _index_names(db, account)


def index_names(db: apsw.Connection) -> None:
    """The step of the schema that makes the rows of what accounts name, for those that are there already."""
    db.execute(NAMES)
    values: list[tuple[Any, ...]] = db.execute("SELECT value FROM account").fetchall()
    for (value,) in values:
        _index_names(db, _ACCOUNT.decode(value))


def forget_account(db: apsw.Connection, account: Account) -> None:
    """Remove the rows of an account as it was."""
    _count(db, account.domain, -1, account)
    db.executemany("DELETE FROM login WHERE name = ?", [(name,) for name in account.logins])
    if _is_operator(account):
        db.execute("DELETE FROM operator WHERE account_id = ?", (account.id,))
    db.executemany("DELETE FROM due WHERE what = ? AND at = ? AND key = ?", _due(account))
    db.executemany("DELETE FROM naming WHERE name = ? AND account_id = ?", [(name, account.id) for name in named_by(account)])


def index_alias(db: apsw.Connection, alias: Alias) -> None:
    """Make the rows of an alias."""
    db.execute(_ADD, (alias.domain, 0, 0, 0, 1))
    if alias.ends_at is not None:
        db.execute("INSERT INTO due VALUES (?, ?, ?)", (ALIAS_END, alias.ends_at, alias.key))


def forget_alias(db: apsw.Connection, alias: Alias) -> None:
    """Remove the rows of an alias as it was."""
    db.execute(_ADD, (alias.domain, 0, 0, 0, -1))
    if alias.ends_at is not None:
        db.execute("DELETE FROM due WHERE what = ? AND at = ? AND key = ?", (ALIAS_END, alias.ends_at, alias.key))


def index_credentials(db: apsw.Connection) -> None:
    """The step of the schema that makes the rows of credentials, for those that are there already."""
    values: list[tuple[Any, ...]] = db.execute("SELECT value FROM credential").fetchall()
    for (value,) in values:
        index_credential(db, _CREDENTIAL.decode(value))


def index_credential(db: apsw.Connection, credential: Credential) -> None:
    """Make the row of a credential that expires."""
    if credential.expires_at is not None:
        db.execute("INSERT INTO due VALUES (?, ?, ?)", (CREDENTIAL_EXPIRY, credential.expires_at, credential.id))


def forget_credentials(db: apsw.Connection, values: Iterable[Any]) -> None:
    """Remove the rows of credentials as they were; ``values`` are as they were kept."""
    known = (_CREDENTIAL.decode(value) for value in values)
    gone = [(CREDENTIAL_EXPIRY, each.expires_at, each.id) for each in known if each.expires_at is not None]
    db.executemany("DELETE FROM due WHERE what = ? AND at = ? AND key = ?", gone)


def totals(db: apsw.Connection, domain: str) -> DomainTotals:
    """What a domain has."""
    statement = "SELECT mailboxes, quota_octets, unlimited, aliases FROM total WHERE domain = ?"
    return totals_of(db.execute(statement, (domain,)).fetchall())


def totals_of(rows: Sequence[tuple[Any, ...]]) -> DomainTotals:
    """Read a row of totals; no row is nothing at all."""
    if not rows:
        return DomainTotals()
    mailboxes, octets, unlimited, aliases = rows[0]
    return DomainTotals(mailboxes=mailboxes, quota_octets=octets, unlimited=unlimited, aliases=aliases)


def _count(db: apsw.Connection, domain: str, sign: int, account: Account) -> None:
    db.execute(_ADD, (domain, sign, sign * account.quota_octets, sign * (account.quota_octets == 0), 0))


def _index_names(db: apsw.Connection, account: Account) -> None:
    rows = [(name, account.id, name.rpartition("@")[2]) for name in sorted(named_by(account))]
    db.executemany("INSERT INTO naming VALUES (?, ?, ?)", rows)


def _is_operator(account: Account) -> bool:
    return account.role is Role.OPERATOR and account.status is not Status.REMOVED


def _due(account: Account) -> list[tuple[str, float, str]]:
    times = {Due.EXPIRY: account.expires_at, Due.PURGE: account.purge_at}
    return [(str(what), at, account.key) for what, at in times.items() if at is not None]
