"""The transaction that renames a domain: every row that names it, in one commit."""

from typing import Final

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.directory import changing, groups
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AlreadyExists
from posthouse.model.account import Account, Alias, Domain
from posthouse.model.domain_key import DomainKey
from posthouse.model.naming import domain_renaming, naming_anew
from posthouse.model.people.domain_rules import DomainLimits

_ACCOUNT = msgspec.msgpack.Decoder(Account)
_ALIAS = msgspec.msgpack.Decoder(Alias)
_KEY = msgspec.msgpack.Decoder(DomainKey)
_TOUCHED: Final = """
    SELECT value FROM alias WHERE domain = ? UNION
    SELECT value FROM alias WHERE key IN (SELECT alias FROM alias_target WHERE domain = ?)
"""
_NAMING = """
    SELECT value FROM account WHERE domain = ? UNION
    SELECT value FROM account WHERE id IN (SELECT account_id FROM naming WHERE domain = ?)
"""


def rename_domain(db: apsw.Connection, key: str, renamed: Domain) -> None:
    """Rename a domain with its addresses, its signing keys, its settings, and whatever in accounts, aliases and groups names it.

    Only another spelling of the same name keeps its key. Nothing else may have the new one.
    """
    changing.find_domain(db, key)
    if renamed.key != key and db.execute("SELECT 1 FROM domain WHERE key = ?", (renamed.key,)).fetchone():
        raise AlreadyExists(f"the domain {renamed.name} exists already")
    moved = domain_renaming(key, renamed)
    accounts = [_ACCOUNT.decode(value) for (value,) in db.execute(_NAMING, (key, key))]
    aliases = [_ALIAS.decode(value) for (value,) in db.execute(_TOUCHED, (key, key))]
    standing = changing.stands_for(db, key)
    db.execute("DELETE FROM domain WHERE key = ?", (key,))
    unlimited = msgspec.structs.replace(renamed, limits=DomainLimits())  # moving refuses nothing that was there before
    db.execute("INSERT INTO domain VALUES (?, ?)", (renamed.key, changing.PACK(unlimited)))
    db.execute("UPDATE setting SET scope = ? WHERE scope = ?", (f"domain:{renamed.key}", f"domain:{key}"))
    keys = [_KEY.decode(value) for (value,) in db.execute("SELECT value FROM domain_key WHERE domain = ?", (key,))]
    db.execute("DELETE FROM domain_key WHERE domain = ?", (key,))
    changing.put_domain_keys(db, renamed.key, [msgspec.structs.replace(own, domain=renamed.key) for own in keys])
    for account in accounts:
        changing.replace_account(db, _renamed(naming_anew(account, moved), key, renamed))
    for alias in aliases:
        targets = tuple(moved(target) for target in alias.targets)
        address = moved(alias.address)
        if (address, targets) != (alias.address, alias.targets):
            own = renamed.key if alias.domain == key else alias.domain
            changing.remove_alias(db, alias.key)
            moved_alias = msgspec.structs.replace(alias, key=_key(address), address=address, domain=own, targets=targets)
            changing.put_alias(db, moved_alias, replace=False)
    groups.rewrite(db, moved)
    changing.put_domain(db, renamed)
    for domain in standing:
        changing.put_domain(db, msgspec.structs.replace(domain, stands_for=renamed.key))
    changing.touch(db)


def _renamed(account: Account, key: str, renamed: Domain) -> Account:
    if account.domain != key:
        return account
    address = domain_renaming(key, renamed)(account.address)
    return msgspec.structs.replace(account, key=_key(address), address=address, domain=renamed.key)


def _key(address: str) -> str:
    return address_key(parse_mailbox(address))
