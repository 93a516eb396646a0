"""What IMAP sessions need of the house, gathered once per process by bootstrap."""

import asyncio
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field

from posthouse.foundation.budget import Budget
from posthouse.model.principal import Principal
from posthouse.ports.account_store import AccountStore
from posthouse.ports.audit import Audit
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.search import TextSearch
from posthouse.ports.spool import Spool
from posthouse.servers.imap.mailbox.views import Views
from posthouse.servers.imap.searching.catalogues import Catalogues
from posthouse.services.audit.recording import Recorder
from posthouse.services.authenticate import Authenticator
from posthouse.services.connections import Connections
from posthouse.services.mail import Mail
from posthouse.services.search import MailSearch
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings
from posthouse.services.sharing.granting import Granting
from posthouse.services.sharing.people import People
from posthouse.services.sharing.quotas import Quotas
from posthouse.services.sharing.transferring import Transferring
from posthouse.services.urls.authorising import AuthorisedUrls


@dataclass
class House:
    """Services, ports and what all sessions of a process share."""

    authenticator: Authenticator
    accounts: AccountStore
    spool: Spool
    bus: Bus
    clock: Clock
    settings: Settings
    sessions: Sessions
    connections: Connections
    budget: Budget
    text_search: TextSearch
    directory: Directory
    urls: AuthorisedUrls
    audit: Audit
    version: str = ""
    """What ID says; empty: nothing."""
    starttls: ssl.SSLContext | None = None
    """For listeners without implicit TLS; None: no STARTTLS."""
    views: Views = field(init=False)
    catalogues: Catalogues = field(init=False)
    people: People = field(init=False)
    granting: Granting = field(init=False)
    quotas: Quotas = field(init=False)
    transferring: Transferring = field(init=False)
    _tidying: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        """Make what sessions share."""
        self.views = Views(self.bus)
        self.catalogues = Catalogues(self.budget)
        self.people = People(self.directory, self.accounts)
        self.granting = Granting(self.directory, self.accounts, self.settings)
        self.quotas = Quotas(self.directory, self.accounts, self.people, Recorder(self.audit, self.clock))
        self.transferring = Transferring(self.spool)

    def mail_of(self, principal: Principal) -> Mail:
        """Open the principal's own mail."""
        return Mail(principal, principal.account_id, self.accounts)

    def search_of(self, mail: Mail) -> MailSearch:
        """Open the texts of somebody's mail."""
        return MailSearch(mail, self.text_search)

    def tidy(self, work: Awaitable[None]) -> None:
        """Do something after a session has ended; its failure concerns nobody any more."""
        task = asyncio.get_running_loop().create_task(_finished(work))
        self._tidying.add(task)
        task.add_done_callback(self._tidied)

    async def stop(self) -> None:
        """Finish what ended sessions have left to do."""
        self.views.stop()
        if self._tidying:
            await asyncio.wait(self._tidying)

    def _tidied(self, task: asyncio.Task[None]) -> None:
        self._tidying.discard(task)
        if not task.cancelled():
            task.exception()


async def _finished(work: Awaitable[None]) -> None:
    await work
