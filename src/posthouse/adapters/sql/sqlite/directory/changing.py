"""Transactions that change the directory."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.directory import groups
from posthouse.adapters.sql.sqlite.file import one
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AlreadyExists, NotFound, Refused
from posthouse.foundation.ids import AccountId, CredentialId, to_text
from posthouse.model.account import Account, Alias, Credential, CredentialKind, Domain, Status
from posthouse.model.domain_key import DomainKey
from posthouse.model.sharing.rights import user_identifier
from posthouse.model.traffic.group import Group

PACK = msgspec.msgpack.Encoder().encode
_ACCOUNT = msgspec.msgpack.Decoder(Account)
_CREDENTIAL = msgspec.msgpack.Decoder(Credential)
_DOMAIN = msgspec.msgpack.Decoder(Domain)


def add_domain(db: apsw.Connection, domain: Domain) -> None:
    """Add a domain."""
    if db.execute("SELECT 1 FROM domain WHERE key = ?", (domain.key,)).fetchone():
        raise AlreadyExists(f"the domain {domain.name} exists already")
    db.execute("INSERT INTO domain VALUES (?, ?)", (domain.key, PACK(domain)))
    touch(db)


def remove_domain(db: apsw.Connection, key: str) -> None:
    """Remove a domain that has nothing left."""
    find_domain(db, key)
    (addresses,) = one(db, "SELECT count(*) FROM address WHERE domain = ?", (key,))
    if addresses:
        raise Refused(f"the domain {key} still has {addresses} addresses: remove them first")
    db.execute("DELETE FROM domain WHERE key = ?", (key,))
    db.execute("DELETE FROM setting WHERE scope = ?", (f"domain:{key}",))
    db.execute("DELETE FROM domain_key WHERE domain = ?", (key,))
    touch(db)


def set_domain_status(db: apsw.Connection, key: str, status: Status) -> None:
    """Suspend a domain or use it again."""
    changed = msgspec.structs.replace(find_domain(db, key), status=status)
    db.execute("UPDATE domain SET value = ? WHERE key = ?", (PACK(changed), key))
    touch(db)


def add_account(db: apsw.Connection, account: Account) -> None:
    """Add an account at an address nobody has."""
    find_domain(db, account.domain)
    _take(db, account.key, account.domain, account.id)
    db.execute("INSERT INTO account VALUES (?, ?, ?, ?)", (account.id, account.key, account.domain, PACK(account)))
    touch(db)


def replace_account(db: apsw.Connection, account: Account) -> None:
    """Change an account, perhaps its address.

    Whoever changes it may have read it before a credential was revoked: the epoch never falls.
    """
    before = _account(db, account.id)
    account = msgspec.structs.replace(account, credential_epoch=max(before.credential_epoch, account.credential_epoch))
    if before.key != account.key:
        find_domain(db, account.domain)
        db.execute("DELETE FROM address WHERE key = ?", (before.key,))
        _take(db, account.key, account.domain, account.id)
    db.execute(
        "UPDATE account SET key = ?, domain = ?, value = ? WHERE id = ?", (account.key, account.domain, PACK(account), account.id)
    )
    touch(db)


def remove_account(db: apsw.Connection, account_id: AccountId) -> None:
    """Remove an account with its credentials and settings."""
    account = _account(db, account_id)
    db.execute("DELETE FROM address WHERE key = ?", (account.key,))
    db.execute("DELETE FROM account WHERE id = ?", (account_id,))
    db.execute("DELETE FROM credential WHERE account_id = ?", (account_id,))
    db.execute("DELETE FROM setting WHERE scope = ?", (f"account:{to_text(account_id)}",))
    db.execute("DELETE FROM setting WHERE scope = ?", (f"group:{to_text(account_id)}",))
    db.execute("DELETE FROM share WHERE owner = ? OR grantee = ?", (account_id, user_identifier(account_id)))
    groups.remove(db, account_id)
    touch(db)


def put_group(db: apsw.Connection, group: Group) -> None:
    """Add a group to its account, or change it."""
    _account(db, group.id)
    groups.put(db, group)
    touch(db)


def put_alias(db: apsw.Connection, alias: Alias, *, replace: bool) -> None:
    """Add an alias, or change one."""
    find_domain(db, alias.domain)
    known = db.execute("SELECT 1 FROM alias WHERE key = ?", (alias.key,)).fetchone() is not None
    if not (known and replace):
        _take(db, alias.key, alias.domain, None)
    db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", (alias.key, alias.domain, PACK(alias)))
    db.execute("DELETE FROM alias_target WHERE alias = ?", (alias.key,))
    for target in alias.targets:
        db.execute("INSERT OR IGNORE INTO alias_target VALUES (?, ?)", (address_key(parse_mailbox(target)), alias.key))
    touch(db)


def remove_alias(db: apsw.Connection, key: str) -> None:
    """Remove an alias."""
    if db.execute("DELETE FROM alias WHERE key = ? RETURNING 1", (key,)).fetchone() is None:
        raise NotFound(f"there is no alias {key}")
    db.execute("DELETE FROM address WHERE key = ?", (key,))
    db.execute("DELETE FROM alias_target WHERE alias = ?", (key,))
    touch(db)


def add_credential(db: apsw.Connection, credential: Credential) -> None:
    """Add a credential; a new account password takes the place of the old one and ends its sessions."""
    _account(db, credential.account_id)
    if credential.kind is CredentialKind.PASSWORD:
        db.execute("DELETE FROM credential WHERE account_id = ? AND kind = ?", (credential.account_id, str(credential.kind)))
        _revoke(db, credential.account_id)
    db.execute(
        "INSERT INTO credential VALUES (?, ?, ?, ?)",
        (credential.id, credential.account_id, str(credential.kind), PACK(credential)),
    )
    touch(db)


def replace_credential(db: apsw.Connection, before: Credential, after: Credential) -> bool:
    """Change a credential that is still what it was."""
    row = db.execute("SELECT value FROM credential WHERE id = ? AND account_id = ?", (before.id, before.account_id)).fetchone()
    if row is None or _CREDENTIAL.decode(row[0]) != before or after.id != before.id:
        return False
    db.execute("UPDATE credential SET value = ? WHERE id = ?", (PACK(after), before.id))
    touch(db)
    return True


def remove_credentials(db: apsw.Connection, account_id: AccountId, ids: Sequence[CredentialId]) -> None:
    """Remove credentials and end their sessions."""
    _account(db, account_id)
    db.executemany("DELETE FROM credential WHERE account_id = ? AND id = ?", [(account_id, id_) for id_ in ids])
    _revoke(db, account_id)
    touch(db)


def put_domain_keys(db: apsw.Connection, domain: str, keys: Sequence[DomainKey]) -> None:
    """Add or change signing keys of a domain."""
    find_domain(db, domain)
    db.executemany("INSERT OR REPLACE INTO domain_key VALUES (?, ?, ?)", [(domain, key.selector, PACK(key)) for key in keys])
    touch(db)


def remove_domain_key(db: apsw.Connection, domain: str, selector: str) -> None:
    """Remove a signing key."""
    gone = db.execute("DELETE FROM domain_key WHERE domain = ? AND selector = ? RETURNING 1", (domain, selector)).fetchone()
    if gone is None:
        raise NotFound(f"{domain} has no key {selector}")
    touch(db)


def put_setting(db: apsw.Connection, scope: str, key: str, value: bytes | None) -> None:
    """Keep or forget a setting."""
    if value is None:
        db.execute("DELETE FROM setting WHERE scope = ? AND key = ?", (scope, key))
    else:
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (scope, key, value))
    touch(db)


def put_share(db: apsw.Connection, owner: AccountId, grantee: str) -> None:
    """Note that an account shares something; who knows it already need not look again."""
    _account(db, owner)
    if db.execute("SELECT 1 FROM share WHERE grantee = ? AND owner = ?", (grantee, owner)).fetchone() is None:
        db.execute("INSERT INTO share VALUES (?, ?)", (grantee, owner))
        touch(db)


def remove_share(db: apsw.Connection, owner: AccountId, grantee: str) -> None:
    """Note that an account shares nothing with somebody any more."""
    db.execute("DELETE FROM share WHERE grantee = ? AND owner = ?", (grantee, owner))
    touch(db)


def touch(db: apsw.Connection) -> None:
    """Raise the epoch: every other process notices."""
    db.execute("UPDATE epoch SET value = value + 1")


def _take(db: apsw.Connection, key: str, domain: str, account_id: AccountId | None) -> None:
    row = db.execute("SELECT account_id FROM address WHERE key = ?", (key,)).fetchone()
    if row is not None:
        raise AlreadyExists(f"the address {key} exists already, as {'an account' if row[0] else 'an alias'}")
    db.execute("INSERT INTO address VALUES (?, ?, ?)", (key, domain, account_id))


def find_domain(db: apsw.Connection, key: str) -> Domain:
    """The domain with this key. Raises: NotFound."""
    row: tuple[Any, ...] | None = db.execute("SELECT value FROM domain WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise NotFound(f"there is no domain {key}")
    return _DOMAIN.decode(row[0])


def _account(db: apsw.Connection, account_id: AccountId) -> Account:
    row: tuple[Any, ...] | None = db.execute("SELECT value FROM account WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise NotFound("the account does not exist")
    return _ACCOUNT.decode(row[0])


def _revoke(db: apsw.Connection, account_id: AccountId) -> None:
    account = _account(db, account_id)
    changed = msgspec.structs.replace(account, credential_epoch=account.credential_epoch + 1)
    db.execute("UPDATE account SET value = ? WHERE id = ?", (PACK(changed), account_id))
