"""The looking verbs over PostgreSQL (port ``AccountReader``)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from posthouse.adapters.sql.postgres.accounts.bodies import Bodies
from posthouse.adapters.sql.postgres.accounts.schema import prepare
from posthouse.adapters.sql.postgres.accounts.transactions import arriving, fetching, reading, sharing
from posthouse.adapters.sql.postgres.accounts.turns import Turns
from posthouse.adapters.sql.postgres.accounts.upkeep.invariants import check_blobs, checks
from posthouse.adapters.sql.postgres.accounts.upkeep.octets import check_emails
from posthouse.adapters.sql.postgres.server import Database, Server
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, EmailId, MailboxId
from posthouse.model.delivery import Outbound
from posthouse.model.mailbox import Mailbox, MailboxChanges, PlacementPage
from posthouse.model.quota import Quota
from posthouse.model.sharing.rights import Grant
from posthouse.ports.account_store import Fault, FetchPage
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.projection import Projections

T = TypeVar("T")
NUMBERS = 10_000
"""Accounts whose numbers are remembered."""
INLINE_READ_OCTETS = 65_536


class Places(NamedTuple):
    """A database, and the directory of the large bodies."""

    url: str
    bodies: Path


class PostgresAccountReader:
    """All accounts, to look at."""

    def __init__(self, places: Places, projections: Projections, bus: Bus, sources: tuple[Clock, Entropy]) -> None:
        self._projections = projections
        self._names = list(projections)
        self._bus = bus
        self._clock, self._entropy = sources
        self._bodies = Bodies(places.bodies)
        self._server = Server(places.url, lambda db: prepare(db, self._names))
        self._turns = Turns()
        self._numbers: dict[AccountId, int] = {}

    def stop(self) -> None:
        """Finish what is under way and disconnect; not to be called in the event loop's own thread."""
        self._server.stop()

    async def mailboxes(self, account_id: AccountId, *, viewer: AccountId | None = None) -> list[Mailbox]:
        """All mailboxes."""
        return await self._look(account_id, lambda db, account: reading.mailboxes(db, account, viewer))

    async def mailbox(self, account_id: AccountId, mailbox_id: MailboxId, *, viewer: AccountId | None = None) -> Mailbox:
        """One mailbox."""
        return await self._look(account_id, lambda db, account: reading.mailbox(db, account, mailbox_id, viewer))

    async def subscriptions(self, account_id: AccountId) -> list[str]:
        """Names subscribed to."""
        return await self._look(account_id, reading.subscriptions)

    async def placements(
        self, account_id: AccountId, mailbox_id: MailboxId, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> PlacementPage:
        """A page of placements."""
        return await self._look(account_id, lambda db, account: reading.placements(db, account, mailbox_id, after_uid, viewer))

    async def changes(
        self, account_id: AccountId, mailbox_id: MailboxId, since: int, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> MailboxChanges:
        """What changed."""
        window = (since, after_uid)
        return await self._look(account_id, lambda db, account: reading.changes(db, account, mailbox_id, window, viewer))

    async def fetch(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[int],
        columns: Sequence[str],
        start: int = 0,
        *,
        viewer: AccountId | None = None,
    ) -> FetchPage:
        """A page of columns."""
        return await self._look(
            account_id, lambda db, account: fetching.fetch(db, (account, mailbox_id), (uids, start), columns, viewer)
        )

    async def read(
        self, account_id: AccountId, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None
    ) -> bytes:
        """Octets of one message."""
        source = await self._look(account_id, lambda db, account: fetching.source(db, account, mailbox_id, uid))
        if source.body is not None and len(source.body) <= INLINE_READ_OCTETS:
            return self._bodies.read(account_id, source, start, length)
        return await asyncio.to_thread(self._bodies.read, account_id, source, start, length)

    async def quota(self, account_id: AccountId) -> Quota:
        """What is used and what may be."""
        return await self._look(account_id, reading.quota)

    async def grants(self, account_id: AccountId, mailbox_id: MailboxId) -> list[Grant]:
        """Who has rights on a mailbox."""
        return await self._look(account_id, lambda db, account: sharing.grants(db, account, mailbox_id))

    async def all_grants(self, account_id: AccountId) -> list[tuple[MailboxId, Grant]]:
        """Who has rights on any mailbox."""
        return await self._look(account_id, sharing.all_grants)

    async def annotations(
        self, account_id: AccountId, mailbox_id: MailboxId | None, *, viewer: AccountId | None = None
    ) -> dict[str, bytes]:
        """What is written on a mailbox or on the account."""
        return await self._look(account_id, lambda db, account: sharing.annotations(db, account, mailbox_id, viewer))

    async def outbox(self, account_id: AccountId) -> list[Outbound]:
        """Consequences the queue has not confirmed."""
        return await self._look(account_id, arriving.outbox)

    async def verify(self, account_id: AccountId) -> list[Fault]:
        """Check every invariant, then every message's octets, page by page."""
        faults: list[Fault] = []
        for check in checks(self._names):
            faults += await self._look(account_id, check)
        names = await asyncio.to_thread(self._bodies.names, account_id)  # listed first: rows may go on to be made
        faults += await self._look(account_id, lambda db, account: check_blobs(db, account, names, self._clock.now()))
        after: EmailId | None = None
        while True:
            found, after = await self._look(account_id, self._check_emails(account_id, after))
            faults += found
            if after is None:
                return faults

    def _check_emails(
        self, account_id: AccountId, after: EmailId | None
    ) -> Callable[[Database, int], Awaitable[tuple[list[Fault], EmailId | None]]]:
        return lambda db, account: check_emails(db, account, (self._bodies, account_id), after, self._projections)

    async def _look(self, account_id: AccountId, work: Callable[[Database, int], Awaitable[T]]) -> T:
        """Look at one account, whose number ``work`` is given."""
        number = await self._number(account_id)
        try:
            return await self._server.look(lambda db: work(db, number))
        except NotFound:
            self._numbers.pop(account_id, None)
            raise

    async def _number(self, account_id: AccountId) -> int:
        """The account's number, which it keeps. Raises: NotFound."""
        number = self._numbers.get(account_id)
        if number is None:
            number = await self._server.look(lambda db: db.fetchval("SELECT number FROM account WHERE id = $1", account_id))
            if number is None:
                raise NotFound("the account does not exist")
            if len(self._numbers) >= NUMBERS:
                self._numbers.clear()
            self._numbers[account_id] = number
        return number
