"""The looking verbs over accounts in memory."""

from collections.abc import Sequence
from typing import Any

from posthouse.adapters.memory.account import MemoryAccount, MemoryMailbox, MemoryPlacement
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.delivery import Outbound
from posthouse.model.mailbox import INBOX, Mailbox, MailboxChanges, PlacementPage
from posthouse.model.quota import Quota
from posthouse.model.sharing.annotation import SHARED
from posthouse.model.sharing.rights import Grant
from posthouse.ports import account_store as columns_of
from posthouse.ports.account_store import Fault, FetchPage
from posthouse.ports.bus import Bus
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.projection import Projections

PAGE_ROWS = 1_000
PAGE_OCTETS = 262_144


class MemoryAccountReader:
    """All accounts of a test, to look at."""

    def __init__(self, projections: Projections, bus: Bus, sources: tuple[Clock, Entropy]) -> None:
        self._projections = projections
        self._bus = bus
        self._clock, self._entropy = sources
        self._accounts: dict[AccountId, MemoryAccount] = {}

    async def mailboxes(self, account_id: AccountId, *, viewer: AccountId | None = None) -> list[Mailbox]:
        """All mailboxes."""
        account = self._account(account_id)
        names = account.subscriptions
        found = [mailbox.value(subscribed=mailbox.name in names, viewer=viewer) for mailbox in account.mailboxes.values()]
        return sorted(found, key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))

    async def mailbox(self, account_id: AccountId, mailbox_id: MailboxId, *, viewer: AccountId | None = None) -> Mailbox:
        """One mailbox."""
        account = self._account(account_id)
        found = account.mailbox(mailbox_id)
        return found.value(subscribed=found.name in account.subscriptions, viewer=viewer)

    async def subscriptions(self, account_id: AccountId) -> list[str]:
        """Names subscribed to."""
        return sorted(self._account(account_id).subscriptions)

    async def placements(
        self, account_id: AccountId, mailbox_id: MailboxId, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> PlacementPage:
        """A page of placements."""
        mailbox = self._account(account_id).mailbox(mailbox_id)
        return _page(mailbox, [uid for uid in sorted(mailbox.live) if uid > after_uid], viewer)

    async def changes(
        self, account_id: AccountId, mailbox_id: MailboxId, since: int, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> MailboxChanges:
        """What changed."""
        mailbox = self._account(account_id).mailbox(mailbox_id)
        live = sorted(mailbox.live.items())
        changed = [uid for uid, held in live if held.mod_sequence_for(viewer) > since and uid > after_uid]
        expunged = [uid for uid, held in sorted(mailbox.expunged.items()) if held.mod_sequence > since and not after_uid]
        return MailboxChanges(mailbox.mod_sequence, mailbox.uid_next, _page(mailbox, changed, viewer), expunged, mailbox.horizon)

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
        mailbox = self._account(account_id).mailbox(mailbox_id)
        rows: list[tuple[Any, ...]] = []
        octets = 0
        for index in range(start, len(uids)):
            if len(rows) >= PAGE_ROWS or octets >= PAGE_OCTETS:
                return FetchPage(rows, index)
            held = mailbox.live.get(uids[index]) or mailbox.expunged.get(uids[index])
            if held is not None:
                row = (uids[index], *(_column(held, column, viewer) for column in columns))
                rows.append(row)
                octets += sum(len(value) for value in row if isinstance(value, bytes))
        return FetchPage(rows, len(uids))

    async def read(
        self, account_id: AccountId, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None
    ) -> bytes:
        """Octets of one message."""
        mailbox = self._account(account_id).mailbox(mailbox_id)
        held = mailbox.live.get(uid) or mailbox.expunged.get(uid)
        if held is None:
            raise NotFound(f"there is no message {uid}")
        return held.email.octets[start : None if length is None else start + length]

    async def quota(self, account_id: AccountId) -> Quota:
        """What is used and what may be."""
        account = self._account(account_id)
        (octets, messages), limits = account.usage(), account.quota
        return Quota(octets, limits[0], messages, limits[1], len(account.mailboxes))

    async def grants(self, account_id: AccountId, mailbox_id: MailboxId) -> list[Grant]:
        """Who has rights on a mailbox."""
        return [Grant(*item) for item in sorted(self._account(account_id).mailbox(mailbox_id).grants.items())]

    async def all_grants(self, account_id: AccountId) -> list[tuple[MailboxId, Grant]]:
        """Who has rights on any mailbox."""
        boxes = sorted(self._account(account_id).mailboxes.items())
        return [(id_, Grant(*item)) for id_, mailbox in boxes for item in sorted(mailbox.grants.items())]

    async def annotations(
        self, account_id: AccountId, mailbox_id: MailboxId | None, *, viewer: AccountId | None = None
    ) -> dict[str, bytes]:
        """What is written on a mailbox or on the account."""
        account = self._account(account_id)
        held = account.annotations if mailbox_id is None else account.mailbox(mailbox_id).annotations
        return {
            entry: value for (entry, whose), value in sorted(held.items()) if entry.startswith(SHARED) or whose == (viewer or b"")
        }

    async def outbox(self, account_id: AccountId) -> list[Outbound]:
        """Consequences the queue has not confirmed."""
        return [item for _, item in sorted(self._account(account_id).outbox.items())]

    async def verify(self, account_id: AccountId) -> list[Fault]:
        """UIDs below UIDNEXT, nothing both live and expunged; counters are counted here, not kept."""
        faults = []
        for mailbox in self._account(account_id).mailboxes.values():
            if any(uid >= mailbox.uid_next for uid in (*mailbox.live, *mailbox.expunged)):
                faults.append(Fault("a UID is not below UIDNEXT", mailbox.name))
            if set(mailbox.live) & set(mailbox.expunged):
                faults.append(Fault("a UID is both live and expunged", mailbox.name))
        return faults

    def _account(self, account_id: AccountId) -> MemoryAccount:
        if account_id not in self._accounts:
            raise NotFound("the account does not exist")
        return self._accounts[account_id]


def _page(mailbox: MemoryMailbox, uids: list[int], viewer: AccountId | None) -> PlacementPage:
    shown = uids[:PAGE_ROWS]
    held = [mailbox.live[uid] for uid in shown]
    return PlacementPage(
        shown,
        [p.flags_for(viewer) for p in held],
        [p.keywords for p in held],
        [p.mod_sequence_for(viewer) for p in held],
        len(uids) > PAGE_ROWS,
    )


def _column(held: MemoryPlacement, column: str, viewer: AccountId | None) -> Any:
    email = held.email
    values = {
        columns_of.SIZE: len(email.octets),
        columns_of.RECEIVED_AT: email.received_at,
        columns_of.SAVED_AT: held.saved_at,
        columns_of.EMAIL_ID: email.id,
        columns_of.THREAD_ID: email.thread_id,
        columns_of.TRACE_ID: email.trace_id,
        columns_of.RECORD: email.record,
        columns_of.FLAGS: held.flags_for(viewer),
        columns_of.KEYWORDS: held.keywords,
        columns_of.MOD_SEQUENCE: held.mod_sequence_for(viewer),
        columns_of.OCTETS: email.octets if len(email.octets) <= INLINE_BODY_OCTETS else None,
    }
    return values[column] if column in values else email.projections.get(column)
