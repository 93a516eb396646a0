"""Administering over SQLite in a temporary folder, with a clock that stands still and entropy that counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.audit.memory import MemoryAudit
from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectory, create_directory
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.vault.files import FileVault, create_keys
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.protocols.imap.projections.registry import PROJECTIONS
from posthouse.services.administer.accounts import Accounts, NewAccount
from posthouse.services.administer.aliases import Aliases
from posthouse.services.administer.credentials import AppPasswords
from posthouse.services.administer.domains import Domains
from posthouse.services.administer.parts import Administration
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.settings import Settings

OPERATOR = Principal(AccountId(bytes(16)), "operator", Role.OPERATOR)
DOMAIN = "example.test"


@dataclass
class Office:
    """The verbs and what stands behind them."""

    parts: Administration
    clock: FakeClock
    queue: SqliteQueue
    spool: FileSpool
    authenticator: Authenticator

    @property
    def audit(self) -> MemoryAudit:
        """What was written down."""
        assert isinstance(self.parts.audit, MemoryAudit)
        return self.parts.audit

    @property
    def domains(self) -> Domains:
        """Domains."""
        return Domains(self.parts)

    @property
    def accounts(self) -> Accounts:
        """Accounts."""
        return Accounts(self.parts)

    @property
    def aliases(self) -> Aliases:
        """Aliases."""
        return Aliases(self.parts)

    @property
    def app_passwords(self) -> AppPasswords:
        """App passwords."""
        return AppPasswords(self.parts)

    async def add(self, name: str, language: str = "en") -> Account:
        """Add somebody without a password."""
        new = NewAccount(address=f"{name}@{DOMAIN}", password=None, language=language)
        return await self.accounts.add(OPERATOR, new)


@asynccontextmanager
async def open_office(folder: Path) -> AsyncIterator[Office]:
    """Open an office with one domain and nobody in it."""
    clock, entropy, hub = FakeClock(), CountingEntropy(), Hub()
    create_directory(folder / "directory.db")
    create_keys(folder / "keys")
    (folder / "queue").mkdir()
    directory = SqliteDirectory(folder / "directory.db", hub)
    store = SqliteAccountStore(Places(folder / "accounts", folder / "marks"), 1, PROJECTIONS, hub, (clock, entropy))
    vault = FileVault(folder / "keys")
    queue = SqliteQueue(folder / "queue" / "0.db", hub, clock)
    spool = FileSpool(folder / "spool", clock, entropy)
    settings = Settings(directory)
    office = Office(
        Administration(directory, store, vault, settings, clock, entropy, MemoryAudit()),
        clock,
        queue,
        spool,
        Authenticator(AuthenticatingParts(directory, vault, settings, clock, entropy)),
    )
    try:
        await office.domains.add(OPERATOR, DOMAIN)
        yield office
    finally:
        spool.stop()
        queue.stop()
        store.stop()
        vault.stop()
        directory.stop()
