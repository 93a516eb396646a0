"""A mail worker: one slot's accounts and queue, and the mail protocols on the sockets it was given."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.limiter.remote import RemoteLimiter
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.rpc.server import Office, open_office
from posthouse.adapters.trace.remote import RemoteTrace
from posthouse.bootstrap.config import SERVICES, Config
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.listeners import Listener
from posthouse.bootstrap.outbound import remote_tls_facts
from posthouse.bootstrap.processes.listening import Contexts
from posthouse.bootstrap.processes.mail_house import MailHouse, Relay, housekeeping_of, mailbox_care_of, open_sessions
from posthouse.bootstrap.processes.signing_in import authenticator_of, people_sync_of
from posthouse.bootstrap.storage import (
    CLOCK,
    ENTROPY,
    OwnStorage,
    open_storage,
    resolver,
    shared_accounts,
    shared_directory,
    text_search,
    worker_name,
)
from posthouse.cluster.placement import owner_slot
from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.ports.account_store import AccountStore
from posthouse.ports.audit import Audit
from posthouse.ports.bus import DIRECTORY
from posthouse.ports.credential_uses import CredentialUses
from posthouse.ports.directory import Directory
from posthouse.ports.dmarc_results import DmarcResults
from posthouse.ports.greylist import Greylist
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.queue import Queue
from posthouse.ports.reports import Reports
from posthouse.ports.signing_in.program_sessions import ProgramSessions
from posthouse.services.connections import Connections
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.regularly import Regularly
from posthouse.services.reports.counting import DmarcCounting
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings
from posthouse.services.signing_in.using import UseNoting
from posthouse.services.trust.signing import Signer
from posthouse.transport.listener import serve
from posthouse.transport.proxy import ProxiedListener

LOOK_SECONDS = 0.5
REVIEW_SECONDS = 30.0
"""How often it is looked at whether the time of somebody who is signed in is over."""
"""How often the directory's epoch is looked at; a hint makes it at once."""
HELLO = "hello"
"""A process that has (re)started says so, and is linked to again."""
NOTHING = b"\x90"
_log = logging.getLogger(__name__)


class MailWorker:
    """The process of one slot."""

    def __init__(self, layout: Layout, config: Config, place: tuple[int, int], epoch: int, listeners: Sequence[Listener]) -> None:
        self._layout = layout
        self._config = config
        self._slot, self._slots = place
        self._epoch = epoch
        self._listeners = listeners
        self._servers: list[asyncio.Server | ProxiedListener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._contexts = Contexts(layout)
        self._own: OwnStorage | None = None
        self._house: MailHouse | None = None
        self._relay: Relay | None = None
        self._regularly: list[Regularly] = []
        self._uses: UseNoting | None = None
        """Slot 0's, for the whole house."""
        self._look = asyncio.Event()
        self._looked = 0
        self._review_at = 0.0

    async def start(self) -> None:
        """Open the storage, meet the other processes, accept connections."""
        hub = Hub()
        self._own = own = open_storage(self._layout, self._config, self._slot, self._epoch, hub)
        names = {slot: worker_name(slot) for slot in range(self._slots) if slot != self._slot}
        neighbours = {slot: Neighbour(self._layout.socket(name)) for slot, name in names.items()}
        keeper = Neighbour(self._layout.socket("keeper"))
        office = self._office(own, hub, list(neighbours.values()))
        self._servers.append(await open_office(self._layout.socket(worker_name(self._slot)), office))
        await self._meet([*neighbours.values(), keeper])
        self._house = house = await self._furnish(own, neighbours, keeper)
        office.offer("sessions", ProgramSessions, house.sessions)
        self._relay = Relay(house)
        await self._relay.start()
        self._regularly.append(mailbox_care_of(house, lambda id_: owner_slot(id_, self._slots) == self._slot))
        if self._slot == 0:
            self._regularly.append(housekeeping_of(house, people_sync_of(house, own.vault, self._listeners)))
        for work in self._regularly:
            work.start()
        self._contexts.follow(house.settings)
        sessions = open_sessions(house, self._contexts)
        for listener in self._listeners:
            context = self._contexts[listener.service] if SERVICES[listener.service].implicit_tls else None
            self._servers.append(await serve(listener.socket, sessions[listener.service], context, self._config.proxies))
        hub.subscribe(DIRECTORY, lambda _topic: self._look.set())
        self._tasks.append(asyncio.create_task(self._watch(house, [*neighbours.values(), keeper])))

    async def reload(self) -> None:
        """Read the certificate anew."""
        self._contexts.reload()

    async def stop(self) -> None:
        """Stop accepting, say goodbye, finish transactions, close."""
        for server in self._servers:
            server.close()
        if self._house is not None:
            self._house.sessions.end_all(Unavailable("the server is shutting down"))
        for work in self._regularly:
            await work.stop()
        if self._relay is not None:
            await self._relay.stop()
        if self._house is not None:
            await self._house.counting.stop()
        if self._uses is not None:
            await self._uses.stop()
        for task in self._tasks:
            task.cancel()
        if self._own is not None:
            await asyncio.to_thread(self._own.stop)

    def _office(self, own: OwnStorage, hub: Hub, neighbours: Sequence[Neighbour]) -> Office:
        office = Office()
        office.offer("accounts", AccountStore, own.accounts)
        office.offer("queue", Queue, own.queue)
        if own.directory is not None:
            office.offer("directory", Directory, own.directory)
        hub.join(office, neighbours)
        office.listen(HELLO, lambda _arguments, _caller: self._look.set())
        return office

    @staticmethod
    async def _meet(others: Sequence[Neighbour]) -> None:
        """Link up before anybody is served: hints flow from the first message on. Who is not there yet says hello later."""
        await asyncio.gather(*(other.connect() for other in others), return_exceptions=True)
        for other in others:
            other.notify(HELLO, NOTHING)

    async def _furnish(self, own: OwnStorage, neighbours: dict[int, Neighbour], keeper: Neighbour) -> MailHouse:
        directory = shared_directory(own.directory, own.reader, neighbours.get(0))
        settings = Settings(own.reader)
        await settings.refresh()
        limiter = RemoteLimiter(keeper, worker_name(self._slot))
        with contextlib.suppress(PosthouseError):
            await limiter.begin()
        self._uses = UseNoting(remote("uses", CredentialUses, keeper), CLOCK)  # type: ignore[type-abstract]
        authenticator = authenticator_of(own, directory, settings, self._uses, keeper, self._config.hostname)
        dmarc_results: DmarcResults = remote("dmarc_results", DmarcResults, keeper)  # type: ignore[type-abstract]
        return MailHouse(
            hostname=self._config.hostname,
            directory=directory,
            accounts=shared_accounts(own.accounts, self._slot, neighbours),
            text_search=text_search(own.accounts),
            queue=own.queue,
            queues={self._slot: own.queue, **_queues_of(neighbours)},
            spool=own.spool,
            bus=own.hub,
            settings=settings,
            authenticator=authenticator,
            sessions=Sessions(authenticator, CLOCK, ENTROPY),
            connections=Connections(limiter, settings),
            limiter=limiter,
            trace=RemoteTrace(keeper),
            greylist=remote("greylist", Greylist, keeper),  # type: ignore[type-abstract]
            outgoing=remote("outgoing", Outgoing, keeper),  # type: ignore[type-abstract]
            audit=remote("audit", Audit, keeper),  # type: ignore[type-abstract]
            resolver=resolver(settings),
            forwarding=Forwarding(own.vault.keyed, CLOCK),
            dmarc_results=dmarc_results,
            counting=DmarcCounting(dmarc_results, settings, CLOCK),
            reports=remote("reports", Reports, keeper),  # type: ignore[type-abstract]
            signer=Signer(own.reader, own.vault, settings, own.spool, CLOCK),
            tls_facts=remote_tls_facts(keeper),
            budget=Budget(self._config.memory_octets),
            clock=CLOCK,
            entropy=ENTROPY,
        )

    async def _watch(self, house: MailHouse, neighbours: Sequence[Neighbour]) -> None:
        """Notice changes of the directory, and open links again that broke."""
        while True:
            # Not wait_for: until Python 3.12 it swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look.wait()
            self._look.clear()
            try:
                await self._notice(house)
                for neighbour in neighbours:
                    with contextlib.suppress(PosthouseError):
                        await neighbour.connect()
            except PosthouseError as error:
                _log.warning("the directory cannot be read: %s", error)

    async def _notice(self, house: MailHouse) -> None:
        epoch = await house.directory.epoch()
        changed = epoch != self._looked
        if changed:
            self._looked = epoch
            await house.settings.refresh()
            self._contexts.follow(house.settings)
        now = asyncio.get_running_loop().time()
        if changed or now >= self._review_at:
            self._review_at = now + REVIEW_SECONDS
            await house.sessions.review()


def _queues_of(neighbours: dict[int, Neighbour]) -> dict[int, Queue]:
    return {slot: remote("queue", Queue, neighbour) for slot, neighbour in neighbours.items()}  # type: ignore[type-abstract]


def worker_process(
    layout: Layout, config: Config, place: tuple[int, int], next_epoch: Callable[[], int], listeners: Sequence[Listener]
) -> MailWorker:
    """Make the process of a slot; the epoch is raised for each new owner."""
    return MailWorker(layout, config, place, next_epoch(), listeners)
