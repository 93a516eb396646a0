"""The account store over one SQLite database per account (port ``AccountStore``)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.arrival import Arrival, arrival
from posthouse.adapters.sql.sqlite.accounts.adopting import adopting
from posthouse.adapters.sql.sqlite.accounts.looking import SqliteAccountReader
from posthouse.adapters.sql.sqlite.accounts.transactions import (
    arriving,
    flagging,
    mailboxes,
    placing,
    reading,
    sharing,
)
from posthouse.adapters.sql.sqlite.accounts.transactions.counting import require_owner
from posthouse.adapters.sql.sqlite.accounts.upkeep.octets import compute, rebuild
from posthouse.adapters.sql.sqlite.accounts.upkeep.purging import PAGE, dead_message_ids, forget_message_ids, purge
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, EmailId, MailboxId, QueueId, make_id
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivered, Delivery
from posthouse.model.mailbox import INBOX, LEVELS, FlagChange, FlagsStored, Mailbox, Placed, SpecialUse
from posthouse.model.sharing.rights import Grant
from posthouse.ports.account_store import Reindexed

T = TypeVar("T")
INLINE_ARRIVAL_OCTETS = 65_536
"""Messages up to this size are scanned on the event loop (well under a millisecond); larger ones in a thread."""
QUICK_MESSAGES = 8
"""Messages whose flags are changed on the event loop."""


class SqliteAccountStore(SqliteAccountReader):
    """One process's store; of the writing verbs it must own the accounts (``epoch`` guards that)."""

    # life

    async def create(self, account_id: AccountId, kind: str, names: Sequence[tuple[str, SpecialUse | None]]) -> None:
        """Make the account with INBOX and the mailboxes given."""
        now = self._clock.now()
        first = [(INBOX, SpecialUse.INBOX), *names]
        ids = [self._mailbox_id() for _ in first]

        def fill(db: apsw.Connection) -> None:
            mailboxes.create_account(db, (account_id, kind), self._epoch, now)
            for (name, use), mailbox_id in zip(first, ids, strict=True):
                mailboxes.create_first(db, name, use, mailbox_id, now)

        await asyncio.to_thread(self._files.create, account_id, fill)

    async def destroy(self, account_id: AccountId) -> None:
        """Remove the account and everything it owns."""
        self._files.forget(account_id)
        await asyncio.to_thread(self._files.destroy, account_id)
        self._bus.publish(account_id)

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

    async def set_special_use(self, account_id: AccountId, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Say what a mailbox is for."""
        now = self._clock.now()
        await self._write(account_id, lambda db: mailboxes.set_special_use(db, self._epoch, mailbox_id, use, now))

    async def number_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, uid_validity: int, uid_next: int) -> None:
        """Let a mailbox go on with the numbers it had elsewhere."""
        numbers, now = (uid_validity, uid_next), self._clock.now()
        await self._write(account_id, lambda db: mailboxes.number(db, self._epoch, mailbox_id, numbers, now))

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

    async def append(
        self, account_id: AccountId, mailbox_id: MailboxId, appends: Sequence[Append], *, viewer: AccountId | None = None
    ) -> Placed:
        """Put messages into a mailbox."""
        return await self._put(
            account_id, appends, viewer, lambda db, putting: arriving.append(db, self._epoch, mailbox_id, putting)
        )

    async def replace(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uid: int,
        destination: MailboxId,
        append: Append,
        *,
        viewer: AccountId | None = None,
    ) -> Placed:
        """Put a message in the place of another."""
        original = (mailbox_id, uid)
        return await self._put(
            account_id, [append], viewer, lambda db, putting: arriving.replace(db, self._epoch, original, destination, putting)
        )

    async def store_flags(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[int],
        change: FlagChange,
        *,
        viewer: AccountId | None = None,
    ) -> FlagsStored:
        """Change flags."""

        def work(db: apsw.Connection) -> FlagsStored:
            if viewer is None:
                return flagging.store_flags(db, self._epoch, mailbox_id, uids, change)
            return flagging.store_flags_as_viewer(db, self._epoch, mailbox_id, uids, change, viewer)

        return await self._write(account_id, work, quick=len(uids) <= QUICK_MESSAGES)

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
        first = await self._writers.run(account.writer, lambda db: mailboxes.claim_recent(db, self._epoch, mailbox_id))
        self._noting.changed(account_id)
        return first

    async def clear_outbox(self, account_id: AccountId, ids: Sequence[QueueId]) -> None:
        """Forget consequences that are in the queue."""
        rows = [(id_,) for id_ in ids]
        await self._write(account_id, self._as_owner(lambda db: db.executemany("DELETE FROM outbox WHERE id = ?", rows)))

    async def set_quota(self, account_id: AccountId, octets: int, messages: int = 0) -> None:
        """Set the quota."""
        statement = "UPDATE account SET quota_octets = ?, quota_messages = ?"
        await self._write(account_id, self._as_owner(lambda db: db.execute(statement, (octets, messages))))

    async def put_grant(self, account_id: AccountId, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give rights, or take them away."""
        now = self._clock.now()
        await self._write(account_id, lambda db: sharing.put_grant(db, self._epoch, mailbox_id, grant, now))

    async def annotate(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId | None,
        entries: Mapping[str, bytes | None],
        *,
        viewer: AccountId | None = None,
    ) -> None:
        """Write on a mailbox or on the account."""
        now = self._clock.now()
        await self._write(account_id, lambda db: sharing.annotate(db, self._epoch, mailbox_id, entries, viewer, now))

    # upkeep

    async def reindex(self, account_id: AccountId, after: EmailId | None = None) -> Reindexed:
        """Compute a page of projections anew: looked up and computed beside the writers, written in one short transaction."""
        account = self._files.get(account_id)
        found = await self.look(account_id, partial(compute, account=account, after=after, projections=self._projections))
        if not found:
            return Reindexed(0, None)
        await self._writers.run(account.writer, self._as_owner(partial(rebuild, found=found, names=self._names)))
        return Reindexed(len(found), found[-1].id)

    async def purge_expunged(self, account_id: AccountId, before: float) -> int:
        """Forget what was expunged before a time, a page per transaction."""
        account = self._files.get(account_id)
        total, threads = 0, set[bytes]()
        while True:
            forget = self._as_owner(partial(purge, before=before, projections=self._names))
            purged = await self._writers.run(account.writer, forget)
            for name in purged.blobs:
                account.blob(name).unlink(missing_ok=True)
            total += purged.placements
            threads.update(purged.threads)
            if not purged.placements:
                break
        if threads:
            hashes = await self.look(account_id, partial(dead_message_ids, threads=threads))
            for start in range(0, len(hashes), PAGE):
                dead = hashes[start : start + PAGE]
                await self._writers.run(account.writer, self._as_owner(partial(forget_message_ids, hashes=dead)))
        return total

    # ways

    async def _put(
        self,
        account_id: AccountId,
        appends: Sequence[Append],
        viewer: AccountId | None,
        transaction: Callable[[apsw.Connection, arriving.Putting], Placed],
    ) -> Placed:
        now = self._clock.now()
        items = [(item, await self._arrival(item.content)) for item in appends]
        account = self._files.get(account_id)

        def work(db: apsw.Connection) -> Placed:
            with adopting([(item.content, arrived) for item, arrived in items], account):
                return transaction(db, arriving.Putting(items, self._names, now, viewer))

        octets = sum(arrived.body_octets for _, arrived in items)
        return await self._write(account_id, work, octets, quick=len(items) == 1 and octets <= INLINE_ARRIVAL_OCTETS)

    async def _write(
        self, account_id: AccountId, work: Callable[[apsw.Connection], T], octets: int = 0, *, quick: bool = False
    ) -> T:
        account = self._files.get(account_id)
        result = await self._writers.run(account.writer, work, octets, quick=quick and account.mark.is_roomy)
        self._noting.changed(account_id)
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
