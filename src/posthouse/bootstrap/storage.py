"""The storage of one process: adapters joined to ports, the same for workers and for commands without a server."""

from dataclasses import dataclass
from typing import Any, Protocol

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.dns.resolver import DnsResolver
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.rpc.routed import routed
from posthouse.adapters.search.scanning import ScanningTextSearch
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.looking import SqliteAccountReader
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.sql.sqlite.accounts.text_search import SqliteTextSearch
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectory, SqliteDirectoryReader
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.adapters.vault.files import FileVault
from posthouse.bootstrap.config import EMBEDDED, Config
from posthouse.bootstrap.layout import Layout
from posthouse.cluster.placement import owner_slot
from posthouse.foundation.errors import Unavailable
from posthouse.model.settings.relay import DNS_RESOLVERS, DNS_SECONDS
from posthouse.ports.account_store import AccountReader, AccountStore
from posthouse.ports.directory import Directory, DirectoryReader
from posthouse.ports.search import TextColumns, TextSearch
from posthouse.protocols.imap.projections.registry import BODY_TEXT, HEADER_TEXT, OWN_TEXT, PROJECTIONS, TRACE_TEXT
from posthouse.protocols.imap.projections.search_text import TRACE
from posthouse.services.settings import Settings

CLOCK = SystemClock()
ENTROPY = SystemEntropy()
TEXT_COLUMNS = TextColumns(OWN_TEXT, HEADER_TEXT, TRACE_TEXT, TRACE, BODY_TEXT)
"""Where the texts are that are searched."""


def worker_name(slot: int) -> str:
    """The name of a mail worker's process, socket and spool."""
    return f"worker-{slot}"


class OwnAccounts(AccountStore, Protocol):
    """An account store of this process, with an end."""

    def stop(self) -> None:
        """Finish what waits and close everything; in a thread."""
        ...


@dataclass
class OwnStorage:
    """What a process owns itself: a slot's accounts and queue, and the directory where it is slot 0's."""

    accounts: OwnAccounts
    queue: SqliteQueue
    directory: SqliteDirectory | None
    reader: SqliteDirectoryReader
    spool: FileSpool
    vault: FileVault
    hub: Hub

    def stop(self) -> None:
        """Finish what waits and close everything; in a thread."""
        self.spool.stop()
        self.queue.stop()
        self.accounts.stop()
        self.vault.stop()
        if self.directory is not None:
            self.directory.stop()
        else:
            self.reader.close()


def open_accounts(layout: Layout, config: Config, epoch: int, hub: Hub) -> OwnAccounts:
    """Open the accounts, wherever they are kept; ``epoch`` is 0 for who only looks. Raises: Unavailable."""
    engine = config.storage.accounts
    if engine == EMBEDDED:
        return SqliteAccountStore(Places(layout.accounts, layout.marks), epoch, PROJECTIONS, hub, (CLOCK, ENTROPY))
    try:
        from posthouse.adapters.sql.postgres.accounts import looking, store
    except ModuleNotFoundError as error:
        raise Unavailable(
            "for accounts in PostgreSQL, install Posthouse with its driver: pip install posthouse[postgres]"
        ) from error
    return store.PostgresAccountStore(looking.Places(engine, layout.accounts), PROJECTIONS, hub, (CLOCK, ENTROPY))


def open_storage(layout: Layout, config: Config, slot: int, epoch: int, hub: Hub) -> OwnStorage:
    """Open what the owner of a slot owns."""
    directory = SqliteDirectory(layout.directory, hub) if slot == 0 else None
    return OwnStorage(
        open_accounts(layout, config, epoch, hub),
        SqliteQueue(layout.queue(slot), hub, CLOCK),
        directory,
        directory or SqliteDirectoryReader(layout.directory),
        FileSpool(layout.spool(worker_name(slot)), CLOCK, ENTROPY),
        FileVault(layout.keys),
        hub,
    )


def resolver(settings: Settings) -> DnsResolver:
    """Who answers questions to the DNS, as the settings say at each moment."""

    def servers() -> list[str]:
        return settings[DNS_RESOLVERS]

    return DnsResolver(servers, lambda: settings[DNS_SECONDS])


def text_search(accounts: AccountReader) -> TextSearch:
    """What finds texts in the accounts of this installation; like all looking it is done by whoever wants to know."""
    if not isinstance(accounts, SqliteAccountReader):
        return ScanningTextSearch(accounts, TEXT_COLUMNS, PROJECTIONS)
    return SqliteTextSearch(accounts, TEXT_COLUMNS, PROJECTIONS)


def shared_accounts(own: AccountStore, slot: int | None, neighbours: dict[int, Neighbour]) -> AccountStore:
    """All accounts: read here, changed by the slot that owns them. ``slot`` is this process's own, None for a command.

    Where nobody owns them a worker changes them itself; commands still send their changes to one, whose hints reach the sessions.
    """
    slots = len(neighbours) + (slot is not None)
    if slot is not None and (slots == 1 or not isinstance(own, SqliteAccountStore)):
        return own
    stores: dict[int, AccountStore] = {
        number: remote("accounts", AccountStore, neighbour)  # type: ignore[type-abstract]
        for number, neighbour in neighbours.items()
    }
    if slot is not None:
        stores[slot] = own

    def place(account_id: Any) -> AccountStore:
        return stores[owner_slot(account_id, slots)]

    return routed(AccountStore, AccountReader, own, place)  # type: ignore[type-abstract]


def shared_directory(own: SqliteDirectory | None, reader: SqliteDirectoryReader, owner: Neighbour | None) -> Directory:
    """The directory: read here, changed by slot 0."""
    if own is not None:
        return own
    assert owner is not None
    far = remote("directory", Directory, owner)  # type: ignore[type-abstract]
    return routed(Directory, DirectoryReader, reader, lambda _: far, sent=reader.look_again)  # type: ignore[type-abstract]
