"""The house as a command sees it: the same ports whether a server runs or not.

With a server, reading happens here and every change goes to the process that owns the file. Without one the command takes the
installation's lock and is the owner of everything for its short life.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from posthouse.adapters.audit.database import AuditDatabase
from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.reports.database import ReportDatabase
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectoryReader
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.system.users import at_the_machine
from posthouse.adapters.trace.database import TraceDatabase
from posthouse.adapters.trace.remote import RemoteTrace
from posthouse.adapters.uses.database import UseDatabase
from posthouse.adapters.vault.files import FileVault
from posthouse.bootstrap.config import Config, read_config
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.lock import next_epoch, take_lock
from posthouse.bootstrap.storage import (
    CLOCK,
    ENTROPY,
    open_accounts,
    open_storage,
    shared_accounts,
    shared_directory,
    worker_name,
)
from posthouse.cluster.placement import owner_slot
from posthouse.foundation.errors import Busy, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.ports.account_store import AccountStore
from posthouse.ports.audit import Audit
from posthouse.ports.credential_uses import CredentialUses
from posthouse.ports.directory import Directory
from posthouse.ports.guard import Guard
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.queue import Queue
from posthouse.ports.reports import Reports
from posthouse.ports.signing_in.browser_sessions import BrowserSessions
from posthouse.ports.signing_in.program_sessions import ProgramSessions
from posthouse.ports.signing_in.steps import Steps
from posthouse.ports.spool import Spool
from posthouse.ports.trace import Trace
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings

OPERATOR = Principal(AccountId(bytes(16)), "operator at the machine", Role.OPERATOR, origin=at_the_machine())
"""Whoever may run commands on the machine."""


class ServerFile(msgspec.Struct):
    """What a running server writes about itself (``run/server.json``)."""

    pid: int
    workers: int
    port_offset: int
    bind: list[str]


@dataclass
class House:
    """Everything a command works with."""

    layout: Layout
    config: Config
    directory: Directory
    accounts: AccountStore
    queues: dict[int, Queue]
    spool: Spool
    vault: Vault
    settings: Settings
    trace: Trace | TraceDatabase
    reports: Reports
    guard: Guard
    outgoing: Outgoing
    audit: Audit
    uses: CredentialUses
    browser_sessions: BrowserSessions
    steps: Steps
    program_sessions: dict[int, ProgramSessions]
    """Of all workers; without a server there are none."""
    server: ServerFile | None

    def queue_of(self, account_id: AccountId) -> Queue:
        """The queue a message caused by this account goes to."""
        return self.queues[owner_slot(account_id, len(self.queues))]


@asynccontextmanager
async def open_house(layout: Layout) -> AsyncIterator[House]:
    """Open the house.

    Raises: NotFound where there is no installation; Busy while another command owns it; Unavailable (the server is silent).
    """
    config = read_config(layout)
    try:
        lock = take_lock(layout)
    except Busy:
        async with _with_server(layout, config) as house:
            yield house
        return
    try:
        async with _without_server(layout, config) as house:
            yield house
    finally:
        os.close(lock)


@asynccontextmanager
async def _without_server(layout: Layout, config: Config) -> AsyncIterator[House]:
    own = open_storage(layout, config, 0, next_epoch(layout), Hub())
    assert own.directory is not None
    slots = max([int(path.stem) for path in layout.queue(0).parent.glob("*.db")], default=0) + 1
    others = {slot: SqliteQueue(layout.queue(slot), own.hub, CLOCK) for slot in range(1, slots)}
    traces, reports, guard = TraceDatabase(layout.trace), ReportDatabase(layout.reports), GuardDatabase(layout.guard)
    outgoing = OutgoingDatabase(layout.outgoing)
    audit, uses, sessions = AuditDatabase(layout.audit), UseDatabase(layout.uses), SessionDatabase(layout.sessions)
    settings = Settings(own.directory)
    await settings.refresh()
    queues: dict[int, Queue] = {0: own.queue, **others}
    try:
        yield House(
            layout,
            config,
            own.directory,
            own.accounts,
            queues,
            own.spool,
            own.vault,
            settings,
            traces,
            reports,
            guard,
            outgoing,
            audit,
            uses,
            sessions,
            sessions,
            {},
            None,
        )
    finally:
        for queue in others.values():
            await asyncio.to_thread(queue.stop)
        await asyncio.to_thread(own.stop)
        for database in (traces, reports, guard, outgoing, audit, uses, sessions):
            await asyncio.to_thread(database.stop)


@asynccontextmanager
async def _with_server(layout: Layout, config: Config) -> AsyncIterator[House]:
    server = read_server_file(layout)
    if server is None:
        raise Busy(f"another command works on {layout.root}: try again in a moment")
    async with house_of(layout, config, server) as house:
        yield house


@asynccontextmanager
async def house_of(layout: Layout, config: Config, server: ServerFile) -> AsyncIterator[House]:
    """The house beside a running server: for commands, and for the web worker."""
    neighbours = {slot: Neighbour(layout.socket(worker_name(slot))) for slot in range(server.workers)}
    keeper = Neighbour(layout.socket("keeper"))
    hub = Hub()
    reader = SqliteDirectoryReader(layout.directory)
    store = open_accounts(layout, config, 0, hub)
    spool = FileSpool(layout.spool(f"command-{os.getpid()}"), CLOCK, ENTROPY)
    vault = FileVault(layout.keys)
    settings = Settings(reader)
    await settings.refresh()
    queues: dict[int, Queue] = {
        slot: remote("queue", Queue, neighbour)  # type: ignore[type-abstract]
        for slot, neighbour in neighbours.items()
    }
    programs: dict[int, ProgramSessions] = {
        slot: remote("sessions", ProgramSessions, neighbour)  # type: ignore[type-abstract]
        for slot, neighbour in neighbours.items()
    }
    try:
        yield House(
            layout,
            config,
            shared_directory(None, reader, neighbours[0]),
            shared_accounts(store, None, neighbours),
            queues,
            spool,
            vault,
            settings,
            RemoteTrace(keeper),
            remote("reports", Reports, keeper),  # type: ignore[type-abstract]
            remote("guard", Guard, keeper),  # type: ignore[type-abstract]
            remote("outgoing", Outgoing, keeper),  # type: ignore[type-abstract]
            remote("audit", Audit, keeper),  # type: ignore[type-abstract]
            remote("uses", CredentialUses, keeper),  # type: ignore[type-abstract]
            remote("browser_sessions", BrowserSessions, keeper),  # type: ignore[type-abstract]
            remote("steps", Steps, keeper),  # type: ignore[type-abstract]
            programs,
            server,
        )
    finally:
        for neighbour in (*neighbours.values(), keeper):
            neighbour.close()
        spool.stop()
        layout.spool(f"command-{os.getpid()}").rmdir()
        vault.stop()
        await asyncio.to_thread(store.stop)
        reader.close()


def read_server_file(layout: Layout) -> ServerFile | None:
    """What the running server says about itself; None where none runs. Raises: Unavailable for an unreadable file."""
    try:
        return msgspec.json.decode(layout.server.read_bytes(), type=ServerFile)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Unavailable(f"{layout.server} cannot be read: {error}") from error
