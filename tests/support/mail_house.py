"""A whole house for tests of servers and services: SQLite in a temporary folder, one worker, no network but loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from posthouse.adapters.audit.memory import MemoryAudit
from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.dns.table import TableResolver
from posthouse.adapters.greylist.local import LocalGreylist
from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectory, create_directory
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.adapters.vault.files import FileVault, create_keys
from posthouse.foundation.budget import Budget
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, CredentialId, make_id
from posthouse.model.account import Account, Alias, Credential, CredentialKind, Domain
from posthouse.model.mailbox import SpecialUse
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.setting import Setting
from posthouse.model.settings.judging import AUTHENTICITY, GREYLIST, RECEIVE_HELLO, RECEIVE_REVERSE_DNS, RECEIVE_SENDER_DOMAIN
from posthouse.model.settings.receiving import SMTP_TARPIT_SECONDS
from posthouse.ports.trace import TraceEvent
from posthouse.protocols.imap.projections.registry import PROJECTIONS
from posthouse.servers.imap.urls.reader import ImapUrls
from posthouse.services.access.tokens import Tokens
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, normalised, verifier_of
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.connections import Connections
from posthouse.services.receive.checks.parts import CheckParts, ContentParts
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.receive.pipeline import Pipeline
from posthouse.services.receive.receiver import Receiver, ReceivingParts
from posthouse.services.sessions import Sessions
from posthouse.services.settings import SYSTEM, Settings
from posthouse.services.sharing.people import People
from posthouse.services.signing_in.bearing import Bearers
from posthouse.services.submit.submitter import Submitter, SubmittingParts
from posthouse.services.urls.authorising import AuthorisedUrls
from posthouse.transport.listener import listen, serve
from posthouse.transport.wire import Session, Wire

HOSTNAME = "mx.example.test"
DOMAIN = "example.test"
PASSWORD = "abcd-efgh-ijkm-nopq-rstu-vwxy-z234-5679"
UNCHECKED: Final[dict[Setting[Any], object]] = {
    GREYLIST: False,
    RECEIVE_REVERSE_DNS: False,
    RECEIVE_HELLO: "off",
    RECEIVE_SENDER_DOMAIN: "off",
    AUTHENTICITY: False,
    SMTP_TARPIT_SECONDS: 0.0,
}
"""Strangers are let in, as in the profile ``lab``; tests of the checks switch them on."""


class RecordingTrace:
    """Remembers events."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []

    def append(self, event: TraceEvent) -> None:
        """Remember an event."""
        self.events.append(event)

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of a subject."""
        return [event for event in self.events if event.subject == subject][:limit]


@dataclass
class MailHouse:
    """Everything a server or a service may want."""

    folder: Path
    directory: SqliteDirectory
    accounts: SqliteAccountStore
    queue: SqliteQueue
    spool: FileSpool
    vault: FileVault
    hub: Hub
    clock: SystemClock
    settings: Settings
    authenticator: Authenticator
    sessions: Sessions
    connections: Connections
    budget: Budget
    trace: RecordingTrace
    limiter: LocalLimiter
    resolver: TableResolver = field(default_factory=TableResolver)
    greylist: LocalGreylist = field(default_factory=LocalGreylist)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    receiver: Receiver = field(init=False)
    submitter: Submitter = field(init=False)
    urls: AuthorisedUrls = field(init=False)

    def __post_init__(self) -> None:
        """Put the services together."""
        parts = ReceivingParts(
            HOSTNAME,
            self.directory,
            self.accounts,
            self.queue,
            self.spool,
            self.budget,
            self.settings,
            self.clock,
            SystemEntropy(),
            self.trace,
            Forwarding(self.vault.keyed, self.clock),
            Pipeline(
                CheckParts(HOSTNAME, self.resolver, self.greylist, self.settings, self.clock),
                ContentParts(HOSTNAME, self.resolver, self.settings, self.spool, self.clock, SystemEntropy()),
            ),
        )
        self.receiver = Receiver(parts)
        self.submitter = Submitter(
            self.receiver,
            SubmittingParts(HOSTNAME, self.directory, self.accounts, self.settings, self.clock, self.greylist),
        )
        people = People(self.directory, self.accounts)
        self.urls = AuthorisedUrls((self.accounts, self.clock, SystemEntropy()), people, self.settings, ImapUrls(people))

    async def add(self, name: str, role: Role = Role.OWNER, quota: int = 0) -> Account:
        """Add an account with the app password ``PASSWORD``."""
        account = Account(AccountId(_id(self.clock)), f"{name}@{DOMAIN}", f"{name}@{DOMAIN}", DOMAIN, role=role, quota_octets=quota)
        await self.directory.add_account(account)
        await self.accounts.create(account.id, "person", [("Junk", SpecialUse.JUNK)])
        await self.accounts.set_quota(account.id, quota)
        secret = normalised(PASSWORD)
        verifiers = {"hmac": verifier_of(self.vault, account.id, secret)}
        await self.directory.add_credential(
            Credential(
                CredentialId(_id(self.clock)),
                account.id,
                CredentialKind.APP_PASSWORD,
                "phone",
                secret[:LOOKUP_CHARACTERS],
                verifiers,
                self.clock.now(),
            )
        )
        return account

    async def alias(self, name: str, *targets: str) -> None:
        """Add an alias in the domain."""
        await self.directory.put_alias(Alias(f"{name}@{DOMAIN}", f"{name}@{DOMAIN}", DOMAIN, targets))

    async def set(self, setting: Setting[Any], value: object) -> None:
        """Change a setting of the system."""
        await self.directory.put_setting(SYSTEM, setting.key, msgspec.json.encode(value))
        await self.settings.refresh()

    async def principal(self, name: str) -> Principal:
        """Somebody signed in."""
        return await self.authenticator.authenticate(f"{name}@{DOMAIN}", PASSWORD)

    async def inbox(self, name: str) -> list[bytes]:
        """The messages somebody has in the inbox."""
        account = await self.directory.account_at(f"{name}@{DOMAIN}")
        assert account is not None
        inbox = (await self.accounts.mailboxes(account.id))[0]
        uids = (await self.accounts.placements(account.id, inbox.id)).uids
        return [await self.accounts.read(account.id, inbox.id, uid) for uid in uids]


@asynccontextmanager
async def mail_house(folder: Path) -> AsyncIterator[MailHouse]:
    """Open a house with alice, bob and a postmaster who is the operator."""
    create_directory(folder / "directory.db")
    create_keys(folder / "keys")
    hub, clock, entropy = Hub(), SystemClock(), SystemEntropy()
    directory = SqliteDirectory(folder / "directory.db", hub)
    settings = Settings(directory)
    vault = FileVault(folder / "keys")
    (folder / "queue").mkdir()
    authenticator = Authenticator(
        AuthenticatingParts(directory, vault, settings, clock, entropy, bearers=Bearers(Tokens(directory, vault, clock)))
    )
    limiter = LocalLimiter(clock)
    house = MailHouse(
        folder,
        directory,
        SqliteAccountStore(Places(folder / "accounts", folder / "marks"), 1, PROJECTIONS, hub, (clock, entropy)),
        SqliteQueue(folder / "queue" / "0.db", hub, clock),
        FileSpool(folder / "spool", clock, entropy),
        vault,
        hub,
        clock,
        settings,
        authenticator,
        Sessions(authenticator, clock, entropy),
        Connections(limiter, settings),
        Budget(1_000_000),
        RecordingTrace(),
        limiter,
    )
    try:
        await directory.add_domain(Domain(DOMAIN, DOMAIN))
        for setting, value in UNCHECKED.items():
            await house.set(setting, value)
        for name in ("alice", "bob"):
            await house.add(name)
        await house.add("admin", Role.OPERATOR)
        yield house
    finally:
        await asyncio.to_thread(_stop, house)


def _stop(house: MailHouse) -> None:
    house.spool.stop()
    house.queue.stop()
    house.accounts.stop()
    house.vault.stop()
    house.directory.stop()


@asynccontextmanager
async def listening(
    make_session: Callable[[Wire], Session], context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serve on a free port of the loopback interface."""
    socket = listen("127.0.0.1", 0, shared=False)
    server = await serve(socket, make_session, context)
    try:
        yield socket.getsockname()[:2]
    finally:
        server.close()
        await server.wait_closed()


def _id(clock: SystemClock) -> bytes:
    return make_id(int(clock.now() * 1000), SystemEntropy().octets(ENTROPY_OCTETS))
