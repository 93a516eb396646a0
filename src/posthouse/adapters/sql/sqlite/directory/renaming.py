"""The transaction that renames a domain: every row that names it, in one commit."""

from typing import Final

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.directory import changing, groups
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import format_mailbox, parse_mailbox
from posthouse.foundation.errors import AlreadyExists
from posthouse.model.account import Account, Alias, Domain
from posthouse.model.domain_key import DomainKey
from posthouse.model.people.domain_rules import DomainLimits

_ACCOUNT = msgspec.msgpack.Decoder(Account)
_ALIAS = msgspec.msgpack.Decoder(Alias)
_KEY = msgspec.msgpack.Decoder(DomainKey)
_TOUCHED: Final = """
    SELECT value FROM alias WHERE domain = ? UNION
    SELECT value FROM alias WHERE key IN (SELECT alias FROM alias_target WHERE domain = ?)
"""


def rename_domain(db: apsw.Connection, key: str, renamed: Domain) -> None:
    """Rename a domain with its addresses, its signing keys, its settings, and the targets of any alias that name it.

    Only another spelling of the same name keeps its key. Nothing else may have the new one.
    """
    changing.find_domain(db, key)
    if renamed.key != key and db.execute("SELECT 1 FROM domain WHERE key = ?", (renamed.key,)).fetchone():
        raise AlreadyExists(f"the domain {renamed.name} exists already")
    accounts = [_ACCOUNT.decode(value) for (value,) in db.execute("SELECT value FROM account WHERE domain = ?", (key,))]
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
        moved = _moved(account.address, key, renamed)
        changing.replace_account(db, msgspec.structs.replace(account, key=_key(moved), address=moved, domain=renamed.key))
    for alias in aliases:
        targets = tuple(_moved(target, key, renamed) for target in alias.targets)
        address = _moved(alias.address, key, renamed)
        if (address, targets) != (alias.address, alias.targets):
            own = renamed.key if alias.domain == key else alias.domain
            changing.remove_alias(db, alias.key)
            moved_alias = msgspec.structs.replace(alias, key=_key(address), address=address, domain=own, targets=targets)
            changing.put_alias(db, moved_alias, replace=False)
    groups.rewrite(db, lambda address: _moved(address, key, renamed))
    changing.put_domain(db, renamed)
    for domain in standing:
        changing.put_domain(db, msgspec.structs.replace(domain, stands_for=renamed.key))
    changing.touch(db)


def _key(address: str) -> str:
    return address_key(parse_mailbox(address))


def _moved(address: str, key: str, renamed: Domain) -> str:
    """The address in the renamed domain; any other as it is."""
    parsed = parse_mailbox(address)
    if _key(address).rpartition("@")[2] != key:
        return address
    return format_mailbox(parsed._replace(domain=renamed.name))
