"""Transactions that change the directory."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.directory import groups, indexing
from posthouse.adapters.sql.sqlite.file import one
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AlreadyExists, NotFound, Refused
from posthouse.foundation.ids import AccountId, CredentialId, to_text
from posthouse.model.account import Account, Alias, Credential, CredentialKind, Domain, Status, form_of
from posthouse.model.domain_key import DomainKey
from posthouse.model.people.domain_rules import objection_to, objection_to_change
from posthouse.model.sharing.rights import group_identifier, user_identifier
from posthouse.model.traffic.group import Group

PACK = msgspec.msgpack.Encoder().encode
_ACCOUNT = msgspec.msgpack.Decoder(Account)
_CREDENTIAL = msgspec.msgpack.Decoder(Credential)
_DOMAIN = msgspec.msgpack.Decoder(Domain)
_ALIAS = msgspec.msgpack.Decoder(Alias)


def add_domain(db: apsw.Connection, domain: Domain) -> None:
    """Add a domain."""
    if db.execute("SELECT 1 FROM domain WHERE key = ?", (domain.key,)).fetchone():
        raise AlreadyExists(f"the domain {domain.name} exists already")
    _check_stand(db, domain)
    db.execute("INSERT INTO domain VALUES (?, ?)", (domain.key, PACK(domain)))
    touch(db)


def remove_domain(db: apsw.Connection, key: str) -> None:
    """Remove a domain that has nothing left."""
    find_domain(db, key)
    (addresses,) = one(db, "SELECT count(*) FROM address WHERE domain = ?", (key,))
    if addresses:
        raise Refused(f"the domain {key} still has {addresses} addresses: remove them first")
    _check_nobody_stands(db, key)
    db.execute("DELETE FROM total WHERE domain = ?", (key,))
    db.execute("DELETE FROM domain WHERE key = ?", (key,))
    db.execute("DELETE FROM setting WHERE scope = ?", (f"domain:{key}",))
    db.execute("DELETE FROM domain_key WHERE domain = ?", (key,))
    touch(db)


def replace_domain(db: apsw.Connection, domain: Domain) -> None:
    """Change everything but the key."""
    before = find_domain(db, domain.key)
    if domain.stands_for != before.stands_for:
        _check_stand(db, domain)
    put_domain(db, domain)
    touch(db)


def put_domain(db: apsw.Connection, domain: Domain) -> None:
    """Write the row of a domain that exists."""
    db.execute("UPDATE domain SET value = ? WHERE key = ?", (PACK(domain), domain.key))


def set_domain_status(db: apsw.Connection, key: str, status: Status) -> None:
    """Suspend a domain or use it again."""
    put_domain(db, msgspec.structs.replace(find_domain(db, key), status=status))
    touch(db)


def add_account(db: apsw.Connection, account: Account) -> None:
    """Add an account at an address nobody has."""
    _check_limits(db, _home(db, account.domain), account)
    indexing.index_account(db, account)
    _take(db, account.key, account.domain, account.id)
    db.execute("INSERT INTO account VALUES (?, ?, ?, ?)", (account.id, account.key, account.domain, PACK(account)))
    touch(db)


def replace_account(db: apsw.Connection, account: Account) -> None:
    """Change an account, perhaps its address.

    Whoever changes it may have read it before a credential was revoked: the epoch never falls.
    """
    before = find_account(db, account.id)
    account = msgspec.structs.replace(account, credential_epoch=max(before.credential_epoch, account.credential_epoch))
    if account.domain != before.domain:
        _check_limits(db, _home(db, account.domain), account)
    elif account.quota_octets != before.quota_octets:
        _check_quota(db, before, account)
    indexing.forget_account(db, before)
    indexing.index_account(db, account)
    if before.key != account.key:
        db.execute("DELETE FROM address WHERE key = ?", (before.key,))
        _take(db, account.key, account.domain, account.id)
    put_account(db, account)
    touch(db)


def put_account(db: apsw.Connection, account: Account) -> None:
    """Write the row of an account that exists."""
    db.execute(
        "UPDATE account SET key = ?, domain = ?, value = ? WHERE id = ?", (account.key, account.domain, PACK(account), account.id)
    )


def remove_account(db: apsw.Connection, account_id: AccountId) -> None:
    """Remove an account with its credentials and settings."""
    account = find_account(db, account_id)
    indexing.forget_account(db, account)
    db.execute("DELETE FROM address WHERE key = ?", (account.key,))
    db.execute("DELETE FROM account WHERE id = ?", (account_id,))
    _forget_credentials(db, "account_id = ?", account_id)
    db.execute("DELETE FROM setting WHERE scope = ?", (f"account:{to_text(account_id)}",))
    db.execute("DELETE FROM setting WHERE scope = ?", (f"group:{to_text(account_id)}",))
    gone = (account_id, user_identifier(account_id), group_identifier(account_id))
    db.execute("DELETE FROM share WHERE owner = ? OR grantee IN (?, ?)", gone)
    groups.remove(db, account_id)
    touch(db)


def put_group(db: apsw.Connection, group: Group) -> None:
    """Add a group to its account, or change it."""
    find_account(db, group.id)
    groups.put(db, group)
    touch(db)


def put_alias(db: apsw.Connection, alias: Alias, *, replace: bool) -> None:
    """Add an alias, or change one."""
    _home(db, alias.domain)
    before = find_alias(db, alias.key)
    if before is not None and replace:
        indexing.forget_alias(db, before)
    else:
        _take(db, alias.key, alias.domain, None)
    indexing.index_alias(db, alias)
    db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", (alias.key, alias.domain, PACK(alias)))
    db.execute("DELETE FROM alias_target WHERE alias = ?", (alias.key,))
    for target in alias.targets:
        key = address_key(parse_mailbox(target))
        db.execute("INSERT OR IGNORE INTO alias_target VALUES (?, ?, ?)", (key, alias.key, key.rpartition("@")[2]))
    touch(db)


def remove_alias(db: apsw.Connection, key: str) -> None:
    """Remove an alias."""
    alias = find_alias(db, key)
    if alias is None:
        raise NotFound(f"there is no alias {key}")
    indexing.forget_alias(db, alias)
    db.execute("DELETE FROM alias WHERE key = ?", (key,))
    db.execute("DELETE FROM address WHERE key = ?", (key,))
    db.execute("DELETE FROM alias_target WHERE alias = ?", (key,))
    touch(db)


def add_credential(db: apsw.Connection, credential: Credential) -> None:
    """Add a credential; a new account password takes the place of the old one and ends its sessions."""
    find_account(db, credential.account_id)
    if credential.kind is CredentialKind.PASSWORD:
        _forget_credentials(db, "account_id = ? AND kind = ?", credential.account_id, str(credential.kind))
        _revoke(db, credential.account_id)
    db.execute(
        "INSERT INTO credential VALUES (?, ?, ?, ?)",
        (credential.id, credential.account_id, str(credential.kind), PACK(credential)),
    )
    indexing.index_credential(db, credential)
    touch(db)


def replace_credential(db: apsw.Connection, before: Credential, after: Credential) -> bool:
    """Change a credential that is still what it was."""
    row = db.execute("SELECT value FROM credential WHERE id = ? AND account_id = ?", (before.id, before.account_id)).fetchone()
    if row is None or _CREDENTIAL.decode(row[0]) != before or after.id != before.id:
        return False
    indexing.forget_credentials(db, [row[0]])
    indexing.index_credential(db, after)
    db.execute("UPDATE credential SET value = ? WHERE id = ?", (PACK(after), before.id))
    touch(db)
    return True


def remove_credentials(db: apsw.Connection, account_id: AccountId, ids: Sequence[CredentialId]) -> None:
    """Remove credentials and end their sessions."""
    find_account(db, account_id)
    for id_ in ids:
        _forget_credentials(db, "account_id = ? AND id = ?", account_id, id_)
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
    find_account(db, owner)
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


def _forget_credentials(db: apsw.Connection, condition: str, *bindings: bytes | str) -> None:
    gone = db.execute(f"DELETE FROM credential WHERE {condition} RETURNING value", bindings).fetchall()
    indexing.forget_credentials(db, [value for (value,) in gone])


def _take(db: apsw.Connection, key: str, domain: str, account_id: AccountId | None) -> None:
    row = db.execute("SELECT account_id FROM address WHERE key = ?", (key,)).fetchone()
    if row is not None:
        holder = find_alias(db, key) if row[0] is None else find_account(db, row[0])
        raise AlreadyExists(f"the address {key} exists already, as {form_of(holder) if holder is not None else 'an alias'}")
    db.execute("INSERT INTO address VALUES (?, ?, ?)", (key, domain, account_id))


def _home(db: apsw.Connection, key: str) -> Domain:
    """The domain, which addresses may be made in. Raises: NotFound; Refused."""
    domain = find_domain(db, key)
    if domain.stands_for:
        raise Refused(f"{domain.name} stands for {domain.stands_for}: make the address there")
    return domain


def _check_limits(db: apsw.Connection, domain: Domain, account: Account) -> None:
    """The account is not counted yet. Raises: Refused."""
    objection = objection_to(domain.limits, indexing.totals(db, domain.key), account.quota_octets)
    if objection is not None:
        raise Refused(f"{account.address}: {objection}")


def _check_quota(db: apsw.Connection, before: Account, account: Account) -> None:
    """Raises: Refused."""
    totals = indexing.totals(db, account.domain)
    objection = objection_to_change(find_domain(db, account.domain).limits, totals, before, account)
    if objection is not None:
        raise Refused(f"{account.address}: {objection}")


def _check_stand(db: apsw.Connection, domain: Domain) -> None:
    """A domain that stands for another has no addresses, and the other has its own. Raises: NotFound; Refused."""
    if not domain.stands_for:
        return
    if find_domain(db, domain.stands_for).stands_for or domain.stands_for == domain.key:
        raise Refused(f"{domain.stands_for} is no domain with addresses of its own")
    if db.execute("SELECT 1 FROM address WHERE domain = ? LIMIT 1", (domain.key,)).fetchone():
        raise Refused(f"{domain.name} has addresses of its own: move or remove them first")
    _check_nobody_stands(db, domain.key)


def _check_nobody_stands(db: apsw.Connection, key: str) -> None:
    standing = stands_for(db, key)
    if standing:
        raise Refused(f"{', '.join(domain.name for domain in standing)} stands for {key}: remove that first")


def stands_for(db: apsw.Connection, key: str) -> list[Domain]:
    """The domains that stand for one."""
    found = [_DOMAIN.decode(value) for (value,) in db.execute("SELECT value FROM domain ORDER BY key")]
    return [domain for domain in found if domain.stands_for == key]


def find_alias(db: apsw.Connection, key: str) -> Alias | None:
    """The alias with this key."""
    row: tuple[Any, ...] | None = db.execute("SELECT value FROM alias WHERE key = ?", (key,)).fetchone()
    return None if row is None else _ALIAS.decode(row[0])


def find_domain(db: apsw.Connection, key: str) -> Domain:
    """The domain with this key. Raises: NotFound."""
    row: tuple[Any, ...] | None = db.execute("SELECT value FROM domain WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise NotFound(f"there is no domain {key}")
    return _DOMAIN.decode(row[0])


def find_account(db: apsw.Connection, account_id: AccountId) -> Account:
    """The account with this id. Raises: NotFound."""
    row: tuple[Any, ...] | None = db.execute("SELECT value FROM account WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise NotFound("the account does not exist")
    return _ACCOUNT.decode(row[0])


def _revoke(db: apsw.Connection, account_id: AccountId) -> None:
    account = find_account(db, account_id)
    put_account(db, msgspec.structs.replace(account, credential_epoch=account.credential_epoch + 1))
