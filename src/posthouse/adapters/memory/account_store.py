"""The account store in memory (port ``AccountStore``)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.memory.account import MemoryAccount, MemoryEmail, MemoryMailbox, MemoryPlacement
from posthouse.adapters.memory.looking import MemoryAccountReader
from posthouse.adapters.sql.arrival import message_ids
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached, NotFound, TooLarge
from posthouse.foundation.ids import AccountId, EmailId, MailboxId, QueueId, make_id
from posthouse.model.content import Content, assemble
from posthouse.model.delivery import Append, Delivered, Delivery
from posthouse.model.mailbox import (
    INBOX,
    SEPARATOR,
    Flag,
    FlagChange,
    FlagOperation,
    FlagsStored,
    Mailbox,
    Placed,
    PlacementPage,
    SpecialUse,
    check_name,
    check_numbers,
    check_use,
)
from posthouse.model.quota import MAILBOXES
from posthouse.model.sharing.annotation import PRIVATE, VALUE_OCTETS, check_entry
from posthouse.model.sharing.rights import GRANTS, Grant, check_identifier
from posthouse.ports.account_store import Reindexed

REINDEX_PAGE = 50


class MemoryAccountStore(MemoryAccountReader):
    """All accounts of a test."""

    # life

    async def create(self, account_id: AccountId, kind: str, mailboxes: Sequence[tuple[str, SpecialUse | None]]) -> None:
        """Make the account."""
        del kind
        if account_id in self._accounts:
            return
        account = self._accounts[account_id] = MemoryAccount(uid_validity=int(self._clock.now()))
        for name, use in ((INBOX, SpecialUse.INBOX), *mailboxes):
            self._add(account, name, use, account.mod_sequence)
            account.subscriptions.add(name)

    async def destroy(self, account_id: AccountId) -> None:
        """Remove the account."""
        self._accounts.pop(account_id, None)
        self._bus.publish(account_id)

    # mailboxes

    async def create_mailbox(self, account_id: AccountId, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it."""
        account = self._account(account_id)
        name = check_name(name)
        if account.named(name) is not None:
            raise AlreadyExists(f"the mailbox {name} exists already")
        if special_use is not None and account.used(special_use) is not None:
            raise AlreadyExists(f"there is a mailbox for {special_use} already")
        if len(account.mailboxes) >= MAILBOXES:
            raise LimitReached(f"an account may have {MAILBOXES} mailboxes")
        made = self._make(account, name, special_use)
        self._bus.publish(account_id)
        return made.value(subscribed=name in account.subscriptions)

    async def rename_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox with all below it."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        name = check_name(name)
        if account.named(name) is not None:
            raise AlreadyExists(f"the mailbox {name} exists already")
        if mailbox.name == INBOX:
            target = self._make(account, name, None)
            stamp = (account.next_mod_sequence(), self._clock.now())
            self._transfer(mailbox, target, sorted(mailbox.live), stamp)
            mailbox.mod_sequence = target.mod_sequence = stamp[0]
        else:
            old = mailbox.name
            if name.startswith(old + SEPARATOR):
                raise Invalid("a mailbox cannot be moved below itself")
            parent = name.rpartition(SEPARATOR)[0]
            if parent and account.named(parent) is None:
                self._make(account, parent, None)
            account.next_mod_sequence()
            for other in account.mailboxes.values():
                if other.name == old or other.name.startswith(old + SEPARATOR):
                    other.name = name + other.name[len(old) :]
        self._bus.publish(account_id)

    async def delete_mailbox(self, account_id: AccountId, mailbox_id: MailboxId) -> None:
        """Delete a mailbox."""
        account = self._account(account_id)
        if account.mailbox(mailbox_id).name == INBOX:
            raise Invalid("INBOX cannot be deleted")
        stamp = (account.next_mod_sequence(), self._clock.now())
        deleted = account.mailboxes.pop(mailbox_id)
        for uid in sorted(deleted.live):
            deleted.bury(uid, stamp)
        account.deleted.append(deleted)
        self._bus.publish(account_id)

    async def set_special_use(self, account_id: AccountId, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Say what a mailbox is for."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        check_use(mailbox.name, use)
        if use is not None and account.used(use) not in (None, mailbox):
            raise AlreadyExists(f"there is a mailbox for {use} already")
        account.next_mod_sequence()
        mailbox.special_use = use
        self._bus.publish(account_id)

    async def number_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, uid_validity: int, uid_next: int) -> None:
        """Let a mailbox go on with other numbers."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        check_numbers((mailbox.uid_validity, mailbox.uid_next), uid_validity, uid_next)
        other = next((m for m in account.mailboxes.values() if m.uid_validity == uid_validity and m is not mailbox), None)
        if other is not None and other.uid_next > 1:
            raise AlreadyExists("another mailbox has this UIDVALIDITY")
        account.uid_validity = max(account.uid_validity, uid_validity)
        if other is not None:
            account.uid_validity += 1
            other.uid_validity = account.uid_validity
        mailbox.uid_validity, mailbox.uid_next, mailbox.mod_sequence = uid_validity, uid_next, account.next_mod_sequence()
        self._bus.publish(account_id)

    async def subscribe(self, account_id: AccountId, name: str, subscribed: bool) -> None:
        """Subscribe or end it."""
        account = self._account(account_id)
        subscriptions = account.subscriptions
        if subscribed:
            name = check_name(name)
        account.next_mod_sequence()
        if subscribed:
            subscriptions.add(name)
        else:
            subscriptions.discard(name)
        self._bus.publish(account_id)

    # messages in

    async def deliver(self, account_id: AccountId, delivery: Delivery) -> Delivered:
        """Deliver a message once."""
        account = self._account(account_id)
        if delivery.delivery_id in account.deliveries:
            before = account.deliveries[delivery.delivery_id]
            return Delivered(before.email_id, before.mailbox_id, before.uid, repeated=True)
        octets = _shown(delivery.content)
        if not delivery.over_quota:
            account.require_room(len(octets), 1)
        mailbox = account.used(delivery.special_use) or account.used(SpecialUse.INBOX)
        assert mailbox is not None
        email = self._email(account, octets, delivery.received_at)
        email.trace_id, email.record = delivery.trace_id, delivery.record or None
        stamp = (account.next_mod_sequence(), self._clock.now())
        uid = mailbox.place(MemoryPlacement(email, stamp[0], delivery.flags, " ".join(sorted(delivery.keywords)), stamp[1]))
        for item in delivery.consequences:
            account.outbox.setdefault(item.id, item)
        done = account.deliveries[delivery.delivery_id] = Delivered(email.id, mailbox.id, uid)
        self._bus.publish(account_id)
        return done

    async def append(
        self, account_id: AccountId, mailbox_id: MailboxId, appends: Sequence[Append], *, viewer: AccountId | None = None
    ) -> Placed:
        """Put messages into a mailbox."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        shown = [_shown(item.content) for item in appends]
        account.require_room(sum(map(len, shown)), len(shown))
        stamp = (account.next_mod_sequence(), self._clock.now())
        uids = [self._put(account, mailbox, item, viewer, stamp) for item in appends]
        self._bus.publish(account_id)
        return Placed(mailbox.uid_validity, uids, [], stamp[0])

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
        account = self._account(account_id)
        source, target = account.mailbox(mailbox_id), account.mailbox(destination)
        if uid not in source.live:
            raise NotFound(f"there is no message {uid}")
        account.require_room(len(_shown(append.content)) - len(source.live[uid].email.octets), 0)
        stamp = (account.next_mod_sequence(), self._clock.now())
        placed = self._put(account, target, append, viewer, stamp)
        source.bury(uid, stamp)
        self._bus.publish(account_id)
        return Placed(target.uid_validity, [placed], [uid], stamp[0])

    # changing

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
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        mod_sequence = account.next_mod_sequence()
        modified: list[int] = []
        stored: list[tuple[int, int, str]] = []
        for uid in (uid for uid in uids if uid in mailbox.live):
            placement = mailbox.live[uid]
            if change.unchanged_since is not None and placement.mod_sequence_for(viewer) > change.unchanged_since:
                modified.append(uid)
                continue
            flags, keywords = _changed(placement.flags_for(viewer), placement.keywords, change)
            if (flags, keywords) != (placement.flags_for(viewer), placement.keywords):
                _set_flags(placement, (flags, keywords), viewer, mod_sequence)
                mailbox.mod_sequence = mod_sequence
                stored.append((uid, flags, keywords))
        self._bus.publish(account_id)
        page = PlacementPage([s[0] for s in stored], [s[1] for s in stored], [s[2] for s in stored], [mod_sequence] * len(stored))
        return FlagsStored(page, modified)

    async def copy(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place messages elsewhere too."""
        account = self._account(account_id)
        source, target = account.mailbox(mailbox_id), account.mailbox(destination)
        present = [uid for uid in uids if uid in source.live]
        account.require_room(sum(len(source.live[uid].email.octets) for uid in present), len(present))
        stamp = (account.next_mod_sequence(), self._clock.now())
        placed = [target.place(held) for held in [source.live[uid].carried(stamp) for uid in present]]
        self._bus.publish(account_id)
        return Placed(target.uid_validity, placed, present, stamp[0])

    async def move(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Move messages."""
        account = self._account(account_id)
        source, target = account.mailbox(mailbox_id), account.mailbox(destination)
        present = [uid for uid in uids if uid in source.live]
        stamp = (account.next_mod_sequence(), self._clock.now())
        placed = self._transfer(source, target, present, stamp)
        self._bus.publish(account_id)
        return Placed(target.uid_validity, placed, present, stamp[0])

    async def expunge(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False
    ) -> list[int]:
        """Expunge messages."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        chosen = sorted(mailbox.live) if uids is None else [uid for uid in uids if uid in mailbox.live]
        gone = [uid for uid in chosen if forced or mailbox.live[uid].flags & Flag.DELETED]
        if gone:
            stamp = (account.next_mod_sequence(), self._clock.now())
            for uid in gone:
                mailbox.bury(uid, stamp)
        self._bus.publish(account_id)
        return gone

    async def claim_recent(self, account_id: AccountId, mailbox_id: MailboxId) -> int:
        """Take the Recent flags."""
        account = self._account(account_id)
        mailbox = account.mailbox(mailbox_id)
        if mailbox.recent_uid < mailbox.uid_next:
            account.next_mod_sequence()
        first, mailbox.recent_uid = mailbox.recent_uid, mailbox.uid_next
        return first

    async def clear_outbox(self, account_id: AccountId, ids: Sequence[QueueId]) -> None:
        """Forget consequences that are in the queue."""
        for id_ in ids:
            self._account(account_id).outbox.pop(id_, None)

    async def set_quota(self, account_id: AccountId, octets: int, messages: int = 0) -> None:
        """Set the quota."""
        self._account(account_id).quota = (octets, messages)

    async def put_grant(self, account_id: AccountId, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give rights, or take them away."""
        account = self._account(account_id)
        held = account.mailbox(mailbox_id).grants
        check_identifier(grant.identifier)
        if grant.rights and grant.identifier not in held and len(held) >= GRANTS:
            raise LimitReached(f"{GRANTS} identifiers may have rights on a mailbox")
        account.next_mod_sequence()
        held.pop(grant.identifier, None)
        if grant.rights:
            held[grant.identifier] = grant.rights
        self._bus.publish(account_id)

    async def annotate(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId | None,
        entries: Mapping[str, bytes | None],
        *,
        viewer: AccountId | None = None,
    ) -> None:
        """Write on a mailbox or on the account."""
        account = self._account(account_id)
        held = account.annotations if mailbox_id is None else account.mailbox(mailbox_id).annotations
        wanted = dict(held)
        for name, value in entries.items():
            entry = check_entry(name)
            key = (entry, bytes(viewer or b"") if entry.startswith(PRIVATE) else b"")
            wanted.pop(key, None)
            if value is not None:
                if len(value) > VALUE_OCTETS:
                    raise TooLarge(f"the value of an entry may have {VALUE_OCTETS} octets")
                wanted[key] = value
        account.require_entries(held, wanted, setting=any(value is not None for value in entries.values()))
        account.next_mod_sequence()
        held.clear()
        held.update(wanted)
        self._bus.publish(account_id)

    async def reindex(self, account_id: AccountId, after: EmailId | None = None) -> Reindexed:
        """Compute a page of projections anew."""
        account = self._account(account_id)
        emails = {email.id: email for mailbox in account.mailboxes.values() for email in _emails(mailbox)}
        page = [id_ for id_ in sorted(emails) if id_ > (after or b"")][:REINDEX_PAGE]
        for id_ in page:
            emails[id_].projections = self._project(emails[id_].octets)
        return Reindexed(len(page), page[-1] if page else None)

    async def purge_expunged(self, account_id: AccountId, before: float) -> int:
        """Forget what was expunged before a time, and which delivery brought it."""
        account = self._account(account_id)
        mailboxes = [*account.mailboxes.values(), *account.deleted]
        purged = sum(mailbox.purge(before) for mailbox in mailboxes)
        kept = {email.id for mailbox in mailboxes for email in _emails(mailbox)}
        account.deliveries = {id_: done for id_, done in account.deliveries.items() if done.email_id in kept}
        threads = {email.thread_id for mailbox in mailboxes for email in _emails(mailbox)}
        account.threads = {hash_: thread for hash_, thread in account.threads.items() if thread in threads}
        return purged

    def _make(self, account: MemoryAccount, name: str, special_use: SpecialUse | None) -> MemoryMailbox:
        mod_sequence = account.next_mod_sequence()
        levels = name.split(SEPARATOR)
        for depth in range(1, len(levels)):
            path = SEPARATOR.join(levels[:depth])
            if account.named(path) is None:
                self._add(account, path, None, mod_sequence)
        return self._add(account, name, special_use, mod_sequence)

    def _add(self, account: MemoryAccount, name: str, use: SpecialUse | None, mod_sequence: int) -> MemoryMailbox:
        uid_validity = account.next_uid_validity(self._clock.now())
        made = MemoryMailbox(MailboxId(self._id()), name, use, uid_validity, mod_sequence)
        parent = account.named(name.rpartition(SEPARATOR)[0])
        made.grants = dict(parent.grants) if parent is not None else {}
        account.mailboxes[made.id] = made
        return made

    def _put(
        self, account: MemoryAccount, mailbox: MemoryMailbox, item: Append, viewer: AccountId | None, stamp: tuple[int, float]
    ) -> int:
        email = self._email(account, _shown(item.content), item.received_at)
        email.trace_id = item.trace_id
        placement = MemoryPlacement(email, stamp[0], item.flags, " ".join(sorted(item.keywords)), stamp[1])
        if viewer is not None and item.flags & Flag.SEEN:
            placement.flags &= ~Flag.SEEN
            placement.viewers[viewer] = (True, stamp[0])
        return mailbox.place(placement)

    def _email(self, account: MemoryAccount, octets: bytes, received_at: float) -> MemoryEmail:
        email_id = EmailId(self._id())
        thread_id = account.thread_of(message_ids(octets), email_id)
        return MemoryEmail(email_id, thread_id, octets, received_at, None, None, self._project(octets))

    def _project(self, octets: bytes) -> dict[str, bytes]:
        part = scan(octets)
        return {name: project(octets, part) for name, project in self._projections.items()}

    def _id(self) -> bytes:
        return make_id(int(self._clock.now() * 1000), self._entropy.octets(10))

    @staticmethod
    def _transfer(source: MemoryMailbox, target: MemoryMailbox, uids: Sequence[int], stamp: tuple[int, float]) -> list[int]:
        placed = [target.place(held) for held in [source.live[uid].carried(stamp) for uid in uids]]
        for uid in uids:
            source.bury(uid, stamp)
        return placed


def _emails(mailbox: MemoryMailbox) -> list[MemoryEmail]:
    return [placement.email for placement in (*mailbox.live.values(), *mailbox.expunged.values())]


def _shown(content: Content) -> bytes:
    body = content.body if isinstance(content.body, bytes) else read_blob(Path(content.body.path), 0, None)
    return assemble(body, content.pieces)


def _changed(flags: int, keywords: str, change: FlagChange) -> tuple[int, str]:
    held = set(keywords.split())
    if change.operation is FlagOperation.ADD:
        return flags | change.flags, " ".join(sorted(held | set(change.keywords)))
    if change.operation is FlagOperation.REMOVE:
        return flags & ~change.flags, " ".join(sorted(held - set(change.keywords)))
    kept = flags & change.preserved | change.flags & ~change.preserved
    return kept, keywords if change.preserves_keywords else " ".join(sorted(set(change.keywords)))


def _set_flags(placement: MemoryPlacement, marked: tuple[int, str], viewer: AccountId | None, mod_sequence: int) -> None:
    """Keep flags and keywords as somebody wants them: a viewer's Seen is the viewer's own."""
    flags, keywords = marked
    if viewer is not None:
        if (flags ^ placement.flags_for(viewer)) & Flag.SEEN:
            placement.viewers[viewer] = (bool(flags & Flag.SEEN), mod_sequence)
        flags = flags & ~Flag.SEEN | placement.flags & Flag.SEEN
    if (flags, keywords) != (placement.flags, placement.keywords):
        placement.flags, placement.keywords, placement.mod_sequence = flags, keywords, mod_sequence
