"""An owner's mail: what a signed-in person may look at and change.

Each verb is one transaction of the account store, whose page explains arguments, answers and errors. Here the owner is the one who
asks, and has every right; somebody else's mail is ``services.sharing.mail.SharedMail``, whose verbs look at the rights first.
"""

from collections.abc import Mapping, Sequence

from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.delivery import Append
from posthouse.model.mailbox import FlagChange, FlagsStored, Mailbox, MailboxChanges, Placed, PlacementPage, SpecialUse
from posthouse.model.principal import Principal
from posthouse.model.quota import Quota
from posthouse.model.sharing.annotation import HOUSE
from posthouse.model.sharing.rights import ALL_RIGHTS, Grant, Right
from posthouse.ports.account_store import AccountStore, FetchPage


class Mail:
    """The account of one principal, opened once per session; rights are checked when it is opened."""

    __slots__ = ("_store", "account_id", "viewer")

    def __init__(self, principal: Principal, account_id: AccountId, store: AccountStore) -> None:
        principal.require_account(account_id)
        self.account_id = account_id
        self.viewer: AccountId | None = None
        """Who looks on where it is not the owner."""
        self._store = store

    async def rights(self, mailbox_id: MailboxId) -> Right:
        """What may be done with a mailbox."""
        del mailbox_id
        return ALL_RIGHTS

    async def require(self, mailbox_id: MailboxId, right: Right) -> None:
        """Check a right on a mailbox.

        Raises: NotPermitted; NotFound where not even its existence may be known.
        """

    def look_again(self) -> None:
        """Something has happened to the account: remember nothing of rights."""

    async def reachable(self) -> list[Mailbox]:
        """All mailboxes on which there is any right, listed or not."""
        return await self.mailboxes()

    async def mailboxes(self) -> list[Mailbox]:
        """All mailboxes, INBOX first."""
        return await self._store.mailboxes(self.account_id, viewer=self.viewer)

    async def mailbox(self, mailbox_id: MailboxId) -> Mailbox:
        """One mailbox as it is now."""
        return await self._store.mailbox(self.account_id, mailbox_id, viewer=self.viewer)

    async def subscriptions(self) -> list[str]:
        """Names subscribed to."""
        return await self._store.subscriptions(self.account_id)

    async def create_mailbox(self, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it."""
        return await self._store.create_mailbox(self.account_id, name, special_use)

    async def rename_mailbox(self, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox with all below it."""
        await self._store.rename_mailbox(self.account_id, mailbox_id, name)

    async def delete_mailbox(self, mailbox_id: MailboxId) -> None:
        """Delete a mailbox with its messages."""
        await self._store.delete_mailbox(self.account_id, mailbox_id)

    async def set_special_use(self, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Say what a mailbox is for."""
        await self._store.set_special_use(self.account_id, mailbox_id, use)

    async def subscribe(self, name: str, subscribed: bool) -> None:
        """Subscribe to a name or end it."""
        await self._store.subscribe(self.account_id, name, subscribed)

    async def placements(self, mailbox_id: MailboxId, after_uid: int = 0) -> PlacementPage:
        """A page of UIDs, flags and modification sequences."""
        return await self._store.placements(self.account_id, mailbox_id, after_uid, viewer=self.viewer)

    async def changes(self, mailbox_id: MailboxId, since: int, after_uid: int = 0) -> MailboxChanges:
        """What happened after a modification sequence."""
        return await self._store.changes(self.account_id, mailbox_id, since, after_uid, viewer=self.viewer)

    async def fetch(self, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int = 0) -> FetchPage:
        """A page of columns of messages."""
        return await self._store.fetch(self.account_id, mailbox_id, uids, columns, start, viewer=self.viewer)

    async def read(self, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None) -> bytes:
        """Octets of one message."""
        return await self._store.read(self.account_id, mailbox_id, uid, start, length)

    async def append(self, mailbox_id: MailboxId, appends: Sequence[Append]) -> Placed:
        """Put messages into a mailbox."""
        return await self._store.append(self.account_id, mailbox_id, appends, viewer=self.viewer)

    async def replace(self, mailbox_id: MailboxId, uid: int, destination: MailboxId, append: Append) -> Placed:
        """Put a message in the place of another."""
        return await self._store.replace(self.account_id, mailbox_id, uid, destination, append, viewer=self.viewer)

    async def store_flags(self, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange) -> FlagsStored:
        """Change flags."""
        return await self._store.store_flags(self.account_id, mailbox_id, uids, change, viewer=self.viewer)

    async def copy(self, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place messages in another mailbox too."""
        return await self._store.copy(self.account_id, mailbox_id, uids, destination)

    async def move(self, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Move messages to another mailbox."""
        return await self._store.move(self.account_id, mailbox_id, uids, destination)

    async def expunge(self, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False) -> list[int]:
        """Expunge messages with the Deleted flag, or the ones given when forced (POP3)."""
        return await self._store.expunge(self.account_id, mailbox_id, uids, forced=forced)

    async def withdraw(self, mailbox_id: MailboxId, uids: Sequence[int]) -> None:
        """Take back messages that one has just put into a mailbox, since what they belong to has failed."""
        await self._store.expunge(self.account_id, mailbox_id, uids, forced=True)

    async def claim_recent(self, mailbox_id: MailboxId) -> int:
        """Take the Recent flags for this session."""
        return await self._store.claim_recent(self.account_id, mailbox_id)

    async def quota(self) -> Quota:
        """What is used and what may be."""
        return await self._store.quota(self.account_id)

    async def grants(self, mailbox_id: MailboxId) -> list[Grant]:
        """Who else has rights on a mailbox."""
        return await self._store.grants(self.account_id, mailbox_id)

    async def all_grants(self) -> list[tuple[MailboxId, Grant]]:
        """Who else has rights on any mailbox."""
        return await self._store.all_grants(self.account_id)

    async def put_grant(self, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give somebody exactly these rights on a mailbox."""
        await self._store.put_grant(self.account_id, mailbox_id, grant)

    async def annotations(self, mailbox_id: MailboxId | None) -> dict[str, bytes]:
        """What is written on a mailbox, or on the account itself; what the house has written is nobody's to see."""
        entries = await self._store.annotations(self.account_id, mailbox_id, viewer=self.viewer)
        return {name: value for name, value in entries.items() if not name.startswith(HOUSE)}

    async def annotate(self, mailbox_id: MailboxId | None, entries: Mapping[str, bytes | None]) -> None:
        """Write on a mailbox, or on the account itself. Raises: NotPermitted for what only the house writes."""
        if any(name.lower().startswith(HOUSE) for name in entries):
            raise NotPermitted("this entry is the house's own")
        await self._store.annotate(self.account_id, mailbox_id, entries, viewer=self.viewer)
