"""The account store over one SQLite database per account (port ``AccountStore``)."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.sqlite.accounts.adopting import adopting
from posthouse.adapters.sql.sqlite.accounts.arrival import Arrival, arrival
from posthouse.adapters.sql.sqlite.accounts.files import AccountFiles
from posthouse.adapters.sql.sqlite.accounts.transactions import arriving, flagging, mailboxes, placing, reading, verifying
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import require_owner
from posthouse.adapters.sql.sqlite.accounts.transactions.projecting import check_emails, rebuild
from posthouse.adapters.sql.sqlite.threads import Threads
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, EmailId, MailboxId, QueueId, make_id
from posthouse.model.content import Content, Range, slices
from posthouse.model.delivery import Append, Delivered, Delivery, Outbound
from posthouse.model.mailbox import (
    INBOX,
    LEVELS,
    FlagChange,
    FlagsStored,
    Mailbox,
    MailboxChanges,
    Placed,
    PlacementPage,
    SpecialUse,
)
from posthouse.ports.account_store import Fault, FetchPage
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.projection import Projections

T = TypeVar("T")
INLINE_ARRIVAL_OCTETS = 65_536
QUICK_MESSAGES = 8
"""Messages whose flags are changed on the event loop."""
"""Messages up to this size are scanned on the event loop (well under a millisecond); larger ones in a thread."""


class SqliteAccountStore:
    """One process's store; of the writing verbs it must own the accounts (``epoch`` guards that)."""

    def __init__(self, root: Path, epoch: int, projections: Projections, bus: Bus, sources: tuple[Clock, Entropy]) -> None:
        self._projections = projections
        self._names = list(projections)
        self._bus = bus
        self._clock, self._entropy = sources
        self._readers = Threads(2, "account-readers")
        self._writers = Threads(4, "account-writers")
        self._files = AccountFiles(root, epoch, self._names, (self._readers, self._writers))
        self._epoch = epoch

    def stop(self) -> None:
        """Finish what waits, close every file, end the threads."""
        self._files.stop()
        self._readers.stop()
        self._writers.stop()

    # life

    async def create(self, account_id: AccountId, kind: str, names: Sequence[tuple[str, SpecialUse | None]]) -> None:
        """Make the account with INBOX and the mailboxes given."""
        now = self._clock.now()
        first = [(INBOX, SpecialUse.INBOX), *names]
        ids = [self._mailbox_id() for _ in first]

        def fill(db: apsw.Connection) -> None:
            db.execute("INSERT INTO account VALUES (1, ?, ?, 1, ?, 1, 1, ?, 0, 0, 0)", (account_id, kind, self._epoch, int(now)))
            for (name, use), mailbox_id in zip(first, ids, strict=True):
                mailboxes.create_first(db, name, use, mailbox_id, now)

        await asyncio.to_thread(self._files.create, account_id, fill)

    async def destroy(self, account_id: AccountId) -> None:
        """Remove the account and everything it owns."""
        self._files.forget(account_id)
        await asyncio.to_thread(self._files.destroy, account_id)
        self._bus.publish(account_id)

    # looking

    async def mailboxes(self, account_id: AccountId) -> list[Mailbox]:
        """All mailboxes."""
        return await self._read(account_id, reading.mailboxes)

    async def mailbox(self, account_id: AccountId, mailbox_id: MailboxId) -> Mailbox:
        """One mailbox."""
        return await self._read(account_id, lambda db: reading.mailbox(db, mailbox_id))

    async def subscriptions(self, account_id: AccountId) -> list[str]:
        """Names subscribed to."""
        return await self._read(account_id, reading.subscriptions)

    async def placements(self, account_id: AccountId, mailbox_id: MailboxId, after_uid: int = 0) -> PlacementPage:
        """A page of placements."""
        return await self._read(account_id, lambda db: reading.placements(db, mailbox_id, after_uid))

    async def changes(self, account_id: AccountId, mailbox_id: MailboxId, since: int, after_uid: int = 0) -> MailboxChanges:
        """What changed."""
        return await self._read(account_id, lambda db: reading.changes(db, mailbox_id, since, after_uid))

    async def fetch(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int = 0
    ) -> FetchPage:
        """A page of columns."""
        return await self._read(account_id, lambda db: reading.fetch(db, mailbox_id, uids, columns, start))

    async def read(
        self, account_id: AccountId, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None
    ) -> bytes:
        """Octets of one message."""
        account = self._files.get(account_id)

        def look(db: apsw.Connection) -> bytes:
            body, blob, pieces, size = reading.source(db, mailbox_id, uid)
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

    async def outbox(self, account_id: AccountId) -> list[Outbound]:
        """Consequences the queue has not confirmed."""
        return await self._read(account_id, arriving.outbox)

    # changing

    async def create_mailbox(self, account_id: AccountId, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it."""
        ids, now = [self._mailbox_id() for _ in range(LEVELS)], self._clock.now()

        def work(db: apsw.Connection) -> Mailbox:
            return reading.mailbox(db, mailboxes.create(db, self._epoch, name, special_use, ids, now))

        return await self._write(account_id, work)

    async def rename_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox with all below it."""
        ids, now = [self._mailbox_id() for _ in range(LEVELS)], self._clock.now()
        await self._write(account_id, lambda db: mailboxes.rename(db, self._epoch, mailbox_id, name, ids, now))

    async def delete_mailbox(self, account_id: AccountId, mailbox_id: MailboxId) -> None:
        """Delete a mailbox."""
        now = self._clock.now()
        await self._write(account_id, lambda db: mailboxes.delete(db, self._epoch, mailbox_id, now))

    async def subscribe(self, account_id: AccountId, name: str, subscribed: bool) -> None:
        """Subscribe or end it."""
        await self._write(account_id, lambda db: mailboxes.subscribe(db, self._epoch, name, subscribed))

    async def deliver(self, account_id: AccountId, delivery: Delivery) -> Delivered:
        """Deliver a message once."""
        now = self._clock.now()
        arrived = await self._arrival(delivery.content)
        account = self._files.get(account_id)

        def work(db: apsw.Connection) -> Delivered:
            with adopting([(delivery.content, arrived)], account) as links:
                done = arriving.deliver(db, self._epoch, delivery, arrived, self._names, now)
                if done.repeated:
                    links.take_back()
                return done

        return await self._write(account_id, work, arrived.body_octets, quick=arrived.body_octets <= INLINE_ARRIVAL_OCTETS)

    async def append(self, account_id: AccountId, mailbox_id: MailboxId, appends: Sequence[Append]) -> Placed:
        """Put messages into a mailbox."""
        now = self._clock.now()
        items = [(item, await self._arrival(item.content)) for item in appends]
        account = self._files.get(account_id)

        def work(db: apsw.Connection) -> Placed:
            with adopting([(item.content, arrived) for item, arrived in items], account):
                return arriving.append(db, self._epoch, mailbox_id, items, self._names, now)

        octets = sum(arrived.body_octets for _, arrived in items)
        return await self._write(account_id, work, octets, quick=len(items) == 1 and octets <= INLINE_ARRIVAL_OCTETS)

    async def store_flags(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange
    ) -> FlagsStored:
        """Change flags."""
        return await self._write(
            account_id,
            lambda db: flagging.store_flags(db, self._epoch, mailbox_id, uids, change),
            quick=len(uids) <= QUICK_MESSAGES,
        )

    async def copy(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place messages elsewhere too."""
        now = self._clock.now()
        return await self._write(account_id, lambda db: placing.copy(db, self._epoch, mailbox_id, uids, destination, now))

    async def move(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Move messages."""
        now = self._clock.now()
        return await self._write(account_id, lambda db: placing.move(db, self._epoch, mailbox_id, uids, destination, now))

    async def expunge(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False
    ) -> list[int]:
        """Expunge messages."""
        now = self._clock.now()
        return await self._write(account_id, lambda db: placing.expunge(db, self._epoch, mailbox_id, uids, forced, now))

    async def claim_recent(self, account_id: AccountId, mailbox_id: MailboxId) -> int:
        """Take the Recent flags; costs no commit where nothing is recent."""
        box = await self.mailbox(account_id, mailbox_id)
        if box.recent_uid >= box.uid_next:
            return box.recent_uid
        account = self._files.get(account_id)
        return await self._writers.run(account.writer, lambda db: mailboxes.claim_recent(db, self._epoch, mailbox_id))

    async def clear_outbox(self, account_id: AccountId, ids: Sequence[QueueId]) -> None:
        """Forget consequences that are in the queue."""
        rows = [(id_,) for id_ in ids]
        await self._write(account_id, self._as_owner(lambda db: db.executemany("DELETE FROM outbox WHERE id = ?", rows)))

    async def set_quota(self, account_id: AccountId, octets: int) -> None:
        """Set the quota."""
        await self._write(account_id, self._as_owner(lambda db: db.execute("UPDATE account SET quota_octets = ?", (octets,))))

    # upkeep

    async def verify(self, account_id: AccountId) -> list[Fault]:
        """Check every invariant, then every message's octets, page by page."""
        account = self._files.get(account_id)
        faults = await self._read(account_id, verifying.check_invariants)
        after: int | None = 0
        while after is not None:
            check = partial(check_emails, account=account, after=after, projections=self._projections)
            found, after = await self._read(account_id, check)
            faults += found
        return faults

    async def reindex(self, account_id: AccountId) -> int:
        """Compute every projection anew, a page of messages per transaction."""
        account = self._files.get(account_id)
        total, after = 0, 0
        while True:
            done, after = await self._writers.run(
                account.writer, self._as_owner(partial(rebuild, account=account, after=after, projections=self._projections))
            )
            total += done
            if not done:
                return total

    async def purge_expunged(self, account_id: AccountId, before: float) -> int:
        """Forget what was expunged before a time."""
        account = self._files.get(account_id)
        total = 0
        while True:
            purge = self._as_owner(lambda db: verifying.purge(db, before, self._names))
            done, blobs = await self._writers.run(account.writer, purge)
            for name in blobs:
                account.blob(name).unlink(missing_ok=True)
            total += done
            if not done:
                return total

    # ways

    async def _read(self, account_id: AccountId, work: Callable[[apsw.Connection], T]) -> T:
        return await self._readers.run(self._files.get(account_id).reader, work)

    async def _write(
        self, account_id: AccountId, work: Callable[[apsw.Connection], T], octets: int = 0, *, quick: bool = False
    ) -> T:
        result = await self._writers.run(self._files.get(account_id).writer, work, octets, quick=quick)
        self._bus.publish(account_id)
        return result

    def _as_owner(self, work: Callable[[apsw.Connection], T]) -> Callable[[apsw.Connection], T]:
        """The work, if this process still owns the account."""

        def owned(db: apsw.Connection) -> T:
            require_owner(db, self._epoch)
            return work(db)

        return owned

    async def _arrival(self, content: Content) -> Arrival:
        email_id = EmailId(make_id(int(self._clock.now() * 1000), self._entropy.octets(ENTROPY_OCTETS)))
        if isinstance(content.body, bytes) and len(content.body) <= INLINE_ARRIVAL_OCTETS:
            return arrival(email_id, content, content.body, self._projections)
        return await asyncio.to_thread(self._large_arrival, email_id, content)

    def _large_arrival(self, email_id: EmailId, content: Content) -> Arrival:
        body = content.body if isinstance(content.body, bytes) else read_blob(Path(content.body.path), 0, None)
        return arrival(email_id, content, body, self._projections)

    def _mailbox_id(self) -> MailboxId:
        return MailboxId(make_id(int(self._clock.now() * 1000), self._entropy.octets(ENTROPY_OCTETS)))
