"""The account store over PostgreSQL (port ``AccountStore``): any number of processes change any account."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.arrival import Arrival, arrival
from posthouse.adapters.sql.postgres.accounts.looking import PostgresAccountReader
from posthouse.adapters.sql.postgres.accounts.schema import TABLES
from posthouse.adapters.sql.postgres.accounts.transactions import arriving, flagging, mailboxes, placing, reading, sharing
from posthouse.adapters.sql.postgres.accounts.upkeep.octets import compute, rebuild
from posthouse.adapters.sql.postgres.accounts.upkeep.purging import forget_message_ids, purge
from posthouse.adapters.sql.postgres.server import CommitUnknown, Database
from posthouse.adapters.sql.rooms import rooms_of
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, EmailId, MailboxId, QueueId, make_id
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivered, Delivery
from posthouse.model.mailbox import INBOX, LEVELS, FlagChange, FlagsStored, Mailbox, Placed, SpecialUse
from posthouse.model.sharing.rights import Grant
from posthouse.ports.account_store import Reindexed

T = TypeVar("T")
Work = Callable[[Database, int], Awaitable[T]]
"""A transaction on the account of a number."""
INLINE_ARRIVAL_OCTETS = 65_536
"""Messages up to this size are scanned on the event loop (well under a millisecond); larger ones in a thread."""


class PostgresAccountStore(PostgresAccountReader):
    """All accounts of a database, which nobody owns: the lock of an account's row is its order."""

    # life

    async def create(self, account_id: AccountId, kind: str, names: Sequence[tuple[str, SpecialUse | None]]) -> None:
        """Make the account with INBOX and the mailboxes given."""
        now = self._clock.now()
        first = [(name, use, self._mailbox_id()) for name, use in [(INBOX, SpecialUse.INBOX), *names]]
        await self._server.transact(lambda db: mailboxes.create_account(db, (account_id, kind), first, now))

    async def destroy(self, account_id: AccountId) -> None:
        """Remove the account and everything it owns; doing it again removes what a crash has left."""

        async def remove(db: Database, account: int) -> None:
            for table in (*TABLES, *rooms_of(self._names)):
                await db.execute(f"DELETE FROM {table} WHERE account = $1", account)
            await db.execute("DELETE FROM account WHERE number = $1", account)

        with suppress(NotFound):
            await self._change(account_id, remove)
        self._numbers.pop(account_id, None)
        await asyncio.to_thread(self._bodies.destroy, account_id)

    # changing

    async def create_mailbox(self, account_id: AccountId, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it."""
        ids, now = [self._mailbox_id() for _ in range(LEVELS)], self._clock.now()

        async def work(db: Database, account: int) -> Mailbox:
            return await reading.mailbox(db, account, await mailboxes.create(db, account, (name, special_use), ids, now))

        return await self._change(account_id, work)

    async def rename_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox with all below it."""
        ids, now = [self._mailbox_id() for _ in range(LEVELS)], self._clock.now()
        await self._change(account_id, lambda db, account: mailboxes.rename(db, account, mailbox_id, name, ids, now))

    async def delete_mailbox(self, account_id: AccountId, mailbox_id: MailboxId) -> None:
        """Delete a mailbox."""
        now = self._clock.now()
        await self._change(account_id, lambda db, account: mailboxes.delete(db, account, mailbox_id, now))

    async def set_special_use(self, account_id: AccountId, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Say what a mailbox is for."""
        now = self._clock.now()
        await self._change(account_id, lambda db, account: mailboxes.set_special_use(db, account, mailbox_id, use, now))

    async def number_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, uid_validity: int, uid_next: int) -> None:
        """Let a mailbox go on with the numbers it had elsewhere."""
        numbers, now = (uid_validity, uid_next), self._clock.now()
        await self._change(account_id, lambda db, number: mailboxes.number(db, number, mailbox_id, numbers, now))

    async def subscribe(self, account_id: AccountId, name: str, subscribed: bool) -> None:
        """Subscribe or end it."""
        await self._change(account_id, lambda db, account: mailboxes.subscribe(db, account, name, subscribed))

    async def deliver(self, account_id: AccountId, delivery: Delivery) -> Delivered:
        """Deliver a message once."""
        now = self._clock.now()
        arrived = await self._arrival(delivery.content)
        return await self._bring(
            account_id,
            [(delivery.content, arrived)],
            lambda db, account: arriving.deliver(db, account, delivery, arrived, self._names, now),
        )

    async def append(
        self, account_id: AccountId, mailbox_id: MailboxId, appends: Sequence[Append], *, viewer: AccountId | None = None
    ) -> Placed:
        """Put messages into a mailbox."""
        putting = await self._putting(appends, viewer)
        return await self._bring(
            account_id,
            [(item.content, arrived) for item, arrived in putting.items],
            lambda db, account: arriving.append(db, account, mailbox_id, putting),
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
        putting = await self._putting([append], viewer)
        return await self._bring(
            account_id,
            [(append.content, putting.items[0][1])],
            lambda db, account: arriving.replace(db, account, (mailbox_id, uid), destination, putting),
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

        async def work(db: Database, account: int) -> FlagsStored:
            if viewer is None:
                return await flagging.store_flags(db, account, mailbox_id, uids, change)
            return await flagging.store_flags_as_viewer(db, account, mailbox_id, uids, change, viewer)

        return await self._change(account_id, work)

    async def copy(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place messages elsewhere too."""
        now = self._clock.now()
        return await self._change(account_id, lambda db, account: placing.copy(db, account, mailbox_id, uids, destination, now))

    async def move(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Move messages."""
        now = self._clock.now()
        return await self._change(account_id, lambda db, account: placing.move(db, account, mailbox_id, uids, destination, now))

    async def expunge(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False
    ) -> list[int]:
        """Expunge messages."""
        now = self._clock.now()
        return await self._change(account_id, lambda db, account: placing.expunge(db, account, mailbox_id, uids, forced, now))

    async def claim_recent(self, account_id: AccountId, mailbox_id: MailboxId) -> int:
        """Take the Recent flags; costs no commit where nothing is recent."""
        box = await self.mailbox(account_id, mailbox_id)
        if box.recent_uid >= box.uid_next:
            return box.recent_uid
        return await self._change(account_id, lambda db, account: mailboxes.claim_recent(db, account, mailbox_id), silent=True)

    async def clear_outbox(self, account_id: AccountId, ids: Sequence[QueueId]) -> None:
        """Forget consequences that are in the queue."""
        statement = "DELETE FROM outbox WHERE account = $1 AND id = ANY($2::bytea[])"
        await self._change(account_id, lambda db, account: db.execute(statement, account, list(ids)))

    async def set_quota(self, account_id: AccountId, octets: int, messages: int = 0) -> None:
        """Set the quota."""
        statement = "UPDATE account SET quota_octets = $2, quota_messages = $3 WHERE number = $1"
        await self._change(account_id, lambda db, account: db.execute(statement, account, octets, messages))

    async def put_grant(self, account_id: AccountId, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give rights, or take them away."""
        now = self._clock.now()
        await self._change(account_id, lambda db, account: sharing.put_grant(db, account, mailbox_id, grant, now))

    async def annotate(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId | None,
        entries: Mapping[str, bytes | None],
        *,
        viewer: AccountId | None = None,
    ) -> None:
        """Write on a mailbox or on the account."""
        now, on = self._clock.now(), (account_id, mailbox_id)
        await self._change(account_id, lambda db, account: sharing.annotate(db, account, on, entries, viewer, now))

    # upkeep

    async def reindex(self, account_id: AccountId, after: EmailId | None = None) -> Reindexed:
        """Compute a page of projections anew: looked up and computed without the lock, written in one short transaction."""
        bodies = (self._bodies, account_id)
        found = await self._look(account_id, lambda db, account: compute(db, account, bodies, after, self._projections))
        if not found:
            return Reindexed(0, None)
        await self._change(account_id, lambda db, account: rebuild(db, account, found, self._names), silent=True)
        return Reindexed(len(found), found[-1].id)

    async def purge_expunged(self, account_id: AccountId, before: float) -> int:
        """Forget what was expunged before a time, a page per transaction."""
        total, threads = 0, set[bytes]()
        while True:
            purged = await self._change(account_id, lambda db, account: purge(db, account, before, self._names), silent=True)
            await asyncio.to_thread(self._bodies.forget, [self._bodies.path(account_id, name) for name in purged.blobs])
            total += purged.placements
            threads.update(purged.threads)
            if not purged.placements:
                break
        if threads:
            await self._change(account_id, lambda db, account: forget_message_ids(db, account, threads), silent=True)
        return total

    # ways

    async def _change(self, account_id: AccountId, work: Work[T], *, silent: bool = False) -> T:
        """Run a transaction in the account's turn, to its end; everybody is told, unless there is nothing to see."""
        return await self._server.finished(self._changed(account_id, work, silent))

    async def _changed(self, account_id: AccountId, work: Work[T], silent: bool) -> T:
        async with self._turns.turn(account_id):
            number = await self._number(account_id)
            try:
                result = await self._server.change(number, lambda db: work(db, number))
            except NotFound:
                self._numbers.pop(account_id, None)
                raise
        if not silent:
            self._bus.publish(account_id)
        return result

    async def _bring(self, account_id: AccountId, arrivals: Sequence[tuple[Content, Arrival]], work: Work[T]) -> T:
        """Run a transaction that brings messages in; their blobs are durable before the rows that name them.

        A transaction that raises leaves no blobs, but where nobody knows whether it was committed: ``verify`` names those left.
        """
        homes: list[Path] = []
        if any(arrived.blob is not None for _, arrived in arrivals):
            homes = await asyncio.to_thread(self._bodies.adopt, account_id, arrivals)
        try:
            result = await self._change(account_id, work)
        except CommitUnknown:
            raise
        except Exception:
            await asyncio.to_thread(self._bodies.forget, homes)
            raise
        if isinstance(result, Delivered) and result.repeated:
            await asyncio.to_thread(self._bodies.forget, homes)
        return result

    async def _putting(self, appends: Sequence[Append], viewer: AccountId | None) -> arriving.Putting:
        now = self._clock.now()
        return arriving.Putting([(item, await self._arrival(item.content)) for item in appends], self._names, now, viewer)

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
