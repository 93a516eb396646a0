"""The looking verbs over one SQLite database per account (port ``AccountReader``)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import apsw

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.rooms import place_of
from posthouse.adapters.sql.sqlite.accounts.files import AccountFiles, Places
from posthouse.adapters.sql.sqlite.accounts.noting import Noting
from posthouse.adapters.sql.sqlite.accounts.opening import Opener, note
from posthouse.adapters.sql.sqlite.accounts.transactions import arriving, fetching, reading, sharing
from posthouse.adapters.sql.sqlite.accounts.upkeep.invariants import checks
from posthouse.adapters.sql.sqlite.accounts.upkeep.octets import check_emails
from posthouse.adapters.sql.sqlite.accounts.upkeep.outside import check_blobs, check_mark
from posthouse.adapters.sql.sqlite.threads import Threads
from posthouse.foundation.ids import AccountId, EmailId, MailboxId
from posthouse.model.content import Range, slices
from posthouse.model.delivery import Outbound
from posthouse.model.mailbox import Mailbox, MailboxChanges, PlacementPage
from posthouse.model.quota import Quota
from posthouse.model.sharing.rights import Grant
from posthouse.ports.account_store import OCTETS, Fault, FetchPage
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.projection import Projections

T = TypeVar("T")
FEW_MESSAGES = 8
"""Messages that are read on the event loop; with their octets they are half a megabyte at most."""
FEW_ROWS = 64
"""The same of what lists of messages show: a screenful."""
LIST_ROOM = "projection_list"


class SqliteAccountReader:
    """One process's accounts, to look at."""

    def __init__(self, places: Places, epoch: int, projections: Projections, bus: Bus, sources: tuple[Clock, Entropy]) -> None:
        self._projections = projections
        self._names = list(projections)
        self._bus = bus
        self._clock, self._entropy = sources
        self._readers = Threads(2, "account-readers")
        self._writers = Threads(4, "account-writers")
        opener = Opener(epoch, self._names, self._clock)
        self._files = AccountFiles(places, opener, self._names, (self._readers, self._writers))
        self._epoch = epoch
        self._noting = Noting(self._note)

    def stop(self) -> None:
        """Finish what waits, close every file, end the threads."""
        self._noting.stop()
        self._files.stop()
        self._readers.stop()
        self._writers.stop()

    async def mailboxes(self, account_id: AccountId, *, viewer: AccountId | None = None) -> list[Mailbox]:
        """All mailboxes."""
        return await self.glance_if(account_id, lambda db: reading.mailboxes(db, viewer), reading.has_few_mailboxes)

    async def mailbox(self, account_id: AccountId, mailbox_id: MailboxId, *, viewer: AccountId | None = None) -> Mailbox:
        """One mailbox."""
        return await self.glance(account_id, lambda db: reading.mailbox(db, mailbox_id, viewer))

    async def subscriptions(self, account_id: AccountId) -> list[str]:
        """Names subscribed to."""
        return await self.glance_if(account_id, reading.subscriptions, reading.has_few_subscriptions)

    async def placements(
        self, account_id: AccountId, mailbox_id: MailboxId, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> PlacementPage:
        """A page of placements."""
        return await self.look(account_id, lambda db: reading.placements(db, mailbox_id, after_uid, viewer))

    async def changes(
        self, account_id: AccountId, mailbox_id: MailboxId, since: int, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> MailboxChanges:
        """What changed."""
        if viewer is not None:  # what they have seen may be much although little has changed for everybody
            return await self.look(account_id, lambda db: reading.changes(db, mailbox_id, since, after_uid, viewer))
        return await self.glance_if(
            account_id,
            lambda db: reading.changes(db, mailbox_id, since, after_uid, viewer),
            lambda db: reading.has_changed_little(db, mailbox_id, since),
        )

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
        few = FEW_ROWS if _are_listed(columns) else FEW_MESSAGES

        def work(db: apsw.Connection) -> FetchPage:
            return fetching.fetch(db, mailbox_id, uids, columns, start, viewer)

        if len(uids) - start > few:
            return await self.look(account_id, work)
        return await self.glance(account_id, work)

    async def read(
        self, account_id: AccountId, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None
    ) -> bytes:
        """Octets of one message."""
        account = self._files.get(account_id)

        def look(db: apsw.Connection) -> bytes:
            body, blob, pieces, size = fetching.source(db, mailbox_id, uid)
            end = size if length is None else min(size, start + length)
            found = []
            for piece in slices(pieces or (Range(0, size),), start, end):
                if isinstance(piece, bytes):
                    found.append(piece)
                elif body is not None:
                    found.append(body[piece.start : piece.end])
                elif blob is not None:
                    found.append(read_blob(account.blob(blob), piece.start, piece.end - piece.start))
            return b"".join(found)

        return await self._readers.run(account.reader, look)

    async def quota(self, account_id: AccountId) -> Quota:
        """What is used and what may be."""
        return await self.glance(account_id, reading.quota)

    async def grants(self, account_id: AccountId, mailbox_id: MailboxId) -> list[Grant]:
        """Who has rights on a mailbox."""
        return await self.look(account_id, lambda db: sharing.grants(db, mailbox_id))

    async def all_grants(self, account_id: AccountId) -> list[tuple[MailboxId, Grant]]:
        """Who has rights on any mailbox."""
        return await self.look(account_id, sharing.all_grants)

    async def annotations(
        self, account_id: AccountId, mailbox_id: MailboxId | None, *, viewer: AccountId | None = None
    ) -> dict[str, bytes]:
        """What is written on a mailbox or on the account."""
        return await self.look(account_id, lambda db: sharing.annotations(db, mailbox_id, viewer))

    async def outbox(self, account_id: AccountId) -> list[Outbound]:
        """Consequences the queue has not confirmed."""
        return await self.look(account_id, arriving.outbox)

    async def verify(self, account_id: AccountId) -> list[Fault]:
        """Check every invariant, then every message's octets, page by page."""
        account = self._files.get(account_id)
        faults: list[Fault] = []
        for check in checks(self._names):
            faults += await self.look(account_id, check)
        faults += await self.look(account_id, partial(check_mark, account=account))
        faults += await self.look(account_id, partial(check_blobs, account=account, now=self._clock.now()))
        after: EmailId | None = None
        while True:
            page = partial(check_emails, account=account, after=after, projections=self._projections)
            found, after = await self.look(account_id, page)
            faults += found
            if after is None:
                return faults

    async def look(self, account_id: AccountId, work: Callable[[apsw.Connection], T]) -> T:
        """Run a transaction that only looks, in the account's turn; it is to be short."""
        return await self._readers.run(self._files.get(account_id).reader, work)

    async def glance(self, account_id: AccountId, work: Callable[[apsw.Connection], T]) -> T:
        """Look at a handful of rows, without a transaction: at once where the account is open and idle."""
        return await self._readers.look(self._files.get(account_id).reader, work)

    async def glance_if(
        self, account_id: AccountId, work: Callable[[apsw.Connection], T], is_little: Callable[[apsw.Connection], bool]
    ) -> T:
        """Glance where a probe says that there is only a handful of rows."""
        return await self._readers.look(self._files.get(account_id).reader, work, is_little)

    def _note(self, account_id: AccountId) -> None:
        account = self._files.held(account_id)
        if account is not None:
            self._writers.send(account.writer, partial(note, mark=account.mark))


def _are_listed(columns: Sequence[str]) -> bool:
    """Whether these are columns that lists of messages show, which are short and lie together."""
    return all(column in fetching.COLUMNS or (column != OCTETS and place_of(column).table == LIST_ROOM) for column in columns)
