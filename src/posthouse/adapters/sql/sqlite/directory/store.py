"""The directory over SQLite (port ``Directory``).

Looking costs a few microseconds and hits a page cache that is always warm, so it happens on the event loop; changing goes to
a writer thread. Any process may look; one process changes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

from posthouse.adapters.sql.sqlite.directory import changing, groups, indexing, renaming
from posthouse.adapters.sql.sqlite.directory.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.file import connect, migrate, translated
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Alias, Credential, Domain, Due, Status
from posthouse.model.domain_key import DomainKey
from posthouse.model.people.domain_rules import DomainTotals
from posthouse.model.traffic.group import Group
from posthouse.ports.bus import DIRECTORY, Bus

_DOMAIN = msgspec.msgpack.Decoder(Domain)
_ACCOUNT = msgspec.msgpack.Decoder(Account)
_ALIAS = msgspec.msgpack.Decoder(Alias)
_CREDENTIAL = msgspec.msgpack.Decoder(Credential)
_DOMAIN_KEY = msgspec.msgpack.Decoder(DomainKey)
T = TypeVar("T")
CACHED = 2_000
LOOK_SECONDS = 0.02
"""How long another process's change may go unnoticed; a look at the version costs more than an answer from the cache."""


def create_directory(path: Path) -> None:
    """Make the database of a new installation, or bring one to the newest schema."""
    connection = connect(path)
    migrate(connection, MIGRATIONS)
    connection.close()


class SqliteDirectoryReader:
    """The looking verbs, for any process. Decoded values are remembered while the epoch stands still."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise Unavailable(f"{path} does not exist: run posthouse init first")
        self._db = connect(path, read_only=True)
        self._version = -1
        self._look_at = 0.0
        self._cache: OrderedDict[tuple[str, object], Any] = OrderedDict()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def look_again(self) -> None:
        """Look for changes before the next answer: this process has asked for one itself."""
        self._look_at = 0.0

    async def epoch(self) -> int:
        """A number that is higher after every change."""
        return int(self._rows("SELECT value FROM epoch")[0][0])

    async def domain(self, key: str) -> Domain | None:
        """The domain with this key."""
        return self._one("SELECT value FROM domain WHERE key = ?", key, _DOMAIN)

    async def domains(self) -> list[Domain]:
        """All domains."""
        return [_DOMAIN.decode(value) for (value,) in self._rows("SELECT value FROM domain ORDER BY key")]

    async def account(self, account_id: AccountId) -> Account | None:
        """The account with this id."""
        return self._one("SELECT value FROM account WHERE id = ?", account_id, _ACCOUNT)

    async def account_at(self, key: str) -> Account | None:
        """The account at this address."""
        return self._one("SELECT value FROM account WHERE key = ?", self._meant(key), _ACCOUNT)

    async def account_with_login(self, name: str) -> Account | None:
        """The account with this login name."""
        return self._one("SELECT value FROM account WHERE id = (SELECT account_id FROM login WHERE name = ?)", name, _ACCOUNT)

    async def operators(self, limit: int = 100) -> list[Account]:
        """Operators."""
        # CROSS JOIN: SQLite would look through all accounts for the few there are.
        statement = "SELECT value FROM operator CROSS JOIN account ON account.id = operator.account_id ORDER BY account.key LIMIT ?"
        return [_ACCOUNT.decode(value) for (value,) in self._rows(statement, limit)]

    async def totals(self, domain: str) -> DomainTotals:
        """What a domain has."""
        rows = self._rows("SELECT mailboxes, quota_octets, unlimited, aliases FROM total WHERE domain = ?", domain)
        return indexing.totals_of(rows)

    async def accounts_due(self, what: Due, until: float, since: float = 0.0, limit: int = 1_000) -> list[Account]:
        """Accounts something comes to."""
        statement = (
            "SELECT value FROM due CROSS JOIN account ON account.key = due.key "
            "WHERE what = ? AND at > ? AND at <= ? ORDER BY at, due.key LIMIT ?"
        )
        return [_ACCOUNT.decode(value) for (value,) in self._rows(statement, str(what), since, until, limit)]

    async def aliases_due(self, until: float, limit: int = 1_000) -> list[Alias]:
        """Aliases that end."""
        statement = (
            "SELECT value FROM due CROSS JOIN alias ON alias.key = due.key WHERE what = ? AND at <= ? ORDER BY at, due.key LIMIT ?"
        )
        return [_ALIAS.decode(value) for (value,) in self._rows(statement, indexing.ALIAS_END, until, limit)]

    async def credentials_due(self, until: float, since: float = 0.0, limit: int = 1_000) -> list[Credential]:
        """Credentials that expire."""
        rows = self._rows(indexing.CREDENTIALS_DUE, indexing.CREDENTIAL_EXPIRY, since, until, limit)
        return [_CREDENTIAL.decode(value) for (value,) in rows]

    async def accounts(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Account]:
        """Accounts by key."""
        return [_ACCOUNT.decode(value) for (value,) in self._listed("account", domain, after, limit)]

    async def alias(self, key: str) -> Alias | None:
        """The alias at this address."""
        return self._one("SELECT value FROM alias WHERE key = ?", self._meant(key), _ALIAS)

    async def aliases(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Alias]:
        """Aliases by key."""
        return [_ALIAS.decode(value) for (value,) in self._listed("alias", domain, after, limit)]

    async def aliases_to(self, key: str) -> list[Alias]:
        """Aliases of an address."""
        rows = self._rows(
            "SELECT value FROM alias_target JOIN alias ON alias.key = alias_target.alias WHERE target = ? ORDER BY alias.key", key
        )
        return [_ALIAS.decode(value) for (value,) in rows]

    async def accounts_naming(self, key: str) -> list[Account]:
        """Accounts that name something."""
        statement = "SELECT value FROM naming JOIN account ON account.id = naming.account_id WHERE name = ? ORDER BY account.key"
        return [_ACCOUNT.decode(value) for (value,) in self._rows(statement, key)]

    async def credentials(self, account_id: AccountId) -> list[Credential]:
        """The account's credentials."""
        self._notice()
        key = ("credentials", account_id)
        if key not in self._cache:
            rows = self._rows("SELECT value FROM credential WHERE account_id = ? ORDER BY id", account_id)
            self._remember(key, [_CREDENTIAL.decode(value) for (value,) in rows])
        found: list[Credential] = self._cache[key]
        return found

    async def domain_keys(self, domain: str) -> list[DomainKey]:
        """Signing keys of a domain."""
        rows = self._rows("SELECT value FROM domain_key WHERE domain = ? ORDER BY selector", domain)
        return [_DOMAIN_KEY.decode(value) for (value,) in rows]

    async def settings(self, scope: str) -> dict[str, bytes]:
        """Settings of a scope."""
        return dict(self._rows("SELECT key, value FROM setting WHERE scope = ?", scope))

    async def group(self, account_id: AccountId) -> Group | None:
        """The group whose account this is."""
        return self._one(groups.BY_ID, account_id, groups.GROUP)

    async def groups(self, after: AccountId | None = None, limit: int = 1_000) -> list[Group]:
        """Groups by id."""
        return [groups.GROUP.decode(value) for (value,) in self._rows(groups.LISTED, after or b"", limit)]

    async def groups_of(self, members: Sequence[str]) -> list[Group]:
        """Groups that name one of these."""
        return [groups.GROUP.decode(value) for (value,) in self._rows(groups.of_members(len(members)), *members)]

    async def sharers(self, grantees: Sequence[str], after: AccountId | None = None, limit: int = 1_000) -> list[AccountId]:
        """Accounts that share something."""
        places = ", ".join("?" * len(grantees))
        statement = f"SELECT DISTINCT owner FROM share WHERE grantee IN ({places}) AND owner > ? ORDER BY owner LIMIT ?"
        return [AccountId(owner) for (owner,) in self._rows(statement, *grantees, after or b"", limit)]

    def _meant(self, key: str) -> str:
        """The key itself, or the one in the domain that its domain stands for."""
        local_part, _, name = key.rpartition("@")
        domain = self._one("SELECT value FROM domain WHERE key = ?", name, _DOMAIN)
        return f"{local_part}@{domain.stands_for}" if domain is not None and domain.stands_for else key

    def _listed(self, table: str, domain: str | None, after: str, limit: int) -> list[tuple[Any, ...]]:
        if domain is None:
            return self._rows(f"SELECT value FROM {table} WHERE key > ? ORDER BY key LIMIT ?", after, limit)
        return self._rows(f"SELECT value FROM {table} WHERE domain = ? AND key > ? ORDER BY key LIMIT ?", domain, after, limit)

    def _one(self, statement: str, key: object, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
        self._notice()
        remembered = (statement, key)
        if remembered not in self._cache:
            rows = self._rows(statement, key)
            self._remember(remembered, decoder.decode(rows[0][0]) if rows else None)
        found: T | None = self._cache[remembered]
        return found

    def _remember(self, key: tuple[str, object], value: object) -> None:
        self._cache[key] = value
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)

    def _notice(self) -> None:
        """Forget everything once another connection has changed the database."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        version = self._rows("PRAGMA data_version")[0][0]
        if version != self._version:
            self._version = version
            self._cache.clear()

    def _rows(self, statement: str, *bindings: Any) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement, bindings).fetchall()
        except apsw.Error as error:
            raise translated(error) from error


class SqliteDirectory(SqliteDirectoryReader):
    """All verbs, for the process that owns the directory."""

    def __init__(self, path: Path, bus: Bus) -> None:
        super().__init__(path)
        create_directory(path)  # one of an older version gets what is new
        self._bus = bus
        self._threads = Threads(1, "directory-writer")
        self._file = SerialFile(lambda: _writer(path), writes=True)

    def stop(self) -> None:
        """Finish what waits and close."""
        self._threads.close(self._file)
        self._threads.stop()
        self.close()

    async def add_domain(self, domain: Domain) -> None:
        """Add a domain."""
        await self._write(lambda db: changing.add_domain(db, domain))

    async def remove_domain(self, key: str) -> None:
        """Remove a domain."""
        await self._write(lambda db: changing.remove_domain(db, key))

    async def rename_domain(self, key: str, renamed: Domain) -> None:
        """Rename a domain with all that is in it."""
        await self._write(lambda db: renaming.rename_domain(db, key, renamed))

    async def replace_domain(self, domain: Domain) -> None:
        """Change a domain."""
        await self._write(lambda db: changing.replace_domain(db, domain))

    async def set_domain_status(self, key: str, status: Status) -> None:
        """Suspend a domain or use it again."""
        await self._write(lambda db: changing.set_domain_status(db, key, status))

    async def add_account(self, account: Account) -> None:
        """Add an account."""
        await self._write(lambda db: changing.add_account(db, account))

    async def replace_account(self, account: Account) -> None:
        """Change an account."""
        await self._write(lambda db: changing.replace_account(db, account))

    async def remove_account(self, account_id: AccountId) -> None:
        """Remove an account."""
        await self._write(lambda db: changing.remove_account(db, account_id))

    async def put_alias(self, alias: Alias, *, replace: bool = False) -> None:
        """Add or change an alias."""
        await self._write(lambda db: changing.put_alias(db, alias, replace=replace))

    async def remove_alias(self, key: str) -> None:
        """Remove an alias."""
        await self._write(lambda db: changing.remove_alias(db, key))

    async def put_group(self, group: Group) -> None:
        """Add or change a group."""
        await self._write(lambda db: changing.put_group(db, group))

    async def add_credential(self, credential: Credential) -> None:
        """Add a credential."""
        await self._write(lambda db: changing.add_credential(db, credential))

    async def replace_credential(self, before: Credential, after: Credential) -> bool:
        """Change a credential that is still what it was."""
        return await self._write(lambda db: changing.replace_credential(db, before, after))

    async def remove_credentials(self, account_id: AccountId, ids: Sequence[CredentialId]) -> None:
        """Remove credentials."""
        await self._write(lambda db: changing.remove_credentials(db, account_id, ids))

    async def put_domain_keys(self, domain: str, keys: Sequence[DomainKey]) -> None:
        """Add or change signing keys."""
        await self._write(lambda db: changing.put_domain_keys(db, domain, keys))

    async def remove_domain_key(self, domain: str, selector: str) -> None:
        """Remove a signing key."""
        await self._write(lambda db: changing.remove_domain_key(db, domain, selector))

    async def put_setting(self, scope: str, key: str, value: bytes | None) -> None:
        """Keep or forget a setting."""
        await self._write(lambda db: changing.put_setting(db, scope, key, value))

    async def put_share(self, owner: AccountId, grantee: str) -> None:
        """Note that an account shares something."""
        await self._write(lambda db: changing.put_share(db, owner, grantee))

    async def remove_share(self, owner: AccountId, grantee: str) -> None:
        """Note that it does no longer."""
        await self._write(lambda db: changing.remove_share(db, owner, grantee))

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        answer = await self._threads.run(self._file, work)
        self.look_again()
        self._bus.publish(DIRECTORY)
        return answer


def _writer(path: Path) -> apsw.Connection:
    connection = connect(path)
    migrate(connection, MIGRATIONS)
    connection.pragma("wal_autocheckpoint", 1_000)
    return connection
