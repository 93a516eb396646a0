"""Somebody else's mail, as far as their grants allow: every verb looks at the rights first (RFC 4314 §4)."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from msgspec.structs import replace

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.delivery import Append
from posthouse.model.mailbox import (
    INBOX,
    SEPARATOR,
    FlagChange,
    FlagsStored,
    Mailbox,
    MailboxChanges,
    Placed,
    PlacementPage,
    SpecialUse,
    check_name,
)
from posthouse.model.principal import SYSTEM, Principal
from posthouse.model.quota import Quota
from posthouse.model.sharing.annotation import SHARED
from posthouse.model.sharing.rights import Grant, Right, rights_among
from posthouse.ports.account_store import AccountStore, FetchPage
from posthouse.services.mail import Mail
from posthouse.services.sharing.grantees import Grantees
from posthouse.services.sharing.rules import permitted_append, permitted_change

RIGHTS_SECONDS: Final = 0.5
"""Rights are remembered so long: a grant that is revoked counts no longer after that."""
_DELETE: Final = Right.DELETE_MESSAGES | Right.EXPUNGE


class SharedMail(Mail):
    """The account of one person as another sees it."""

    __slots__ = ("_grantees", "_person", "_remembered")

    def __init__(self, principal: Principal, account_id: AccountId, store: AccountStore, grantees: Grantees) -> None:
        super().__init__(SYSTEM, account_id, store)
        self.viewer = principal.account_id
        self._person = principal.account_id
        self._grantees = grantees
        self._remembered: dict[MailboxId, tuple[float, Right]] = {}

    # Rights

    async def rights(self, mailbox_id: MailboxId) -> Right:
        """What this person may do with a mailbox. Raises: NotFound."""
        now = asyncio.get_running_loop().time()
        until, rights = self._remembered.get(mailbox_id, (0.0, Right.NONE))
        if now >= until:
            own = await self._grantees.standing_for(self._person)
            rights = rights_among(await self._store.grants(self.account_id, mailbox_id), own)
            self._remembered[mailbox_id] = now + RIGHTS_SECONDS, rights
        return rights

    async def require(self, mailbox_id: MailboxId, right: Right) -> None:
        """Check a right. Who may not know that there is such a mailbox is told that there is none (RFC 4314 §6)."""
        rights = await self.rights(mailbox_id)
        if rights & right == right:
            return
        if not rights & Right.LOOKUP:
            raise NotFound("there is no such mailbox")
        raise NotPermitted("you do not have the right to do this with the mailbox")

    def look_again(self) -> None:
        """Something has happened to the account, perhaps to the grants."""
        self._remembered.clear()

    # Mailboxes

    async def mailboxes(self) -> list[Mailbox]:
        """The mailboxes that may be listed."""
        return await self._mailboxes(Right.LOOKUP)

    async def reachable(self) -> list[Mailbox]:
        """The mailboxes with any right."""
        return await self._mailboxes(~Right.NONE)

    async def _mailboxes(self, wanted: Right) -> list[Mailbox]:
        grants = await self._store.all_grants(self.account_id)
        own = await self._grantees.standing_for(self._person) if grants else frozenset()
        rights = {
            mailbox_id: rights_among([grant for _, grant in pairs], own) for mailbox_id, pairs in groupby(grants, key=itemgetter(0))
        }
        if not any(rights.values()):
            return []
        until = asyncio.get_running_loop().time() + RIGHTS_SECONDS
        self._remembered = {mailbox_id: (until, held) for mailbox_id, held in rights.items()}
        found = await self._store.mailboxes(self.account_id, viewer=self.viewer)
        return [_seen_by_others(mailbox) for mailbox in found if rights.get(mailbox.id, Right.NONE) & wanted]

    async def mailbox(self, mailbox_id: MailboxId) -> Mailbox:
        """One mailbox on which there is any right."""
        if not await self.rights(mailbox_id):
            raise NotFound("there is no such mailbox")
        return _seen_by_others(await super().mailbox(mailbox_id))

    async def subscriptions(self) -> list[str]:
        """The owner's own subscriptions are nobody else's business."""
        return []

    async def subscribe(self, name: str, subscribed: bool) -> None:
        """The owner's subscriptions are the owner's. Raises: NotPermitted."""
        del name, subscribed
        raise NotPermitted("subscriptions are kept in one's own account")

    async def create_mailbox(self, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox below one with the right to; on the top level that is the right on INBOX, whose grants it takes."""
        if special_use is not None:
            raise NotPermitted("only the owner says what a mailbox is for")
        name = check_name(name)
        everything = {mailbox.name: mailbox for mailbox in await self._store.mailboxes(self.account_id)}
        parent = _nearest(name, everything)
        await self.require((parent or everything[INBOX]).id, Right.CREATE)
        if parent is None:
            await self._make_top(name.partition(SEPARATOR)[0], everything[INBOX].id)
            if SEPARATOR not in name:
                return await self._named(name)
        return _seen_by_others(await self._store.create_mailbox(self.account_id, name))

    async def _make_top(self, name: str, inbox: MailboxId) -> None:
        made = await self._store.create_mailbox(self.account_id, name)
        for grant in await self._store.grants(self.account_id, inbox):
            await self._store.put_grant(self.account_id, made.id, grant)

    async def _named(self, name: str) -> Mailbox:
        return next(mailbox for mailbox in await self._mailboxes(~Right.NONE) if mailbox.name == name)

    async def rename_mailbox(self, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox where one may delete it, to where one may create it. Raises: NotPermitted also for INBOX."""
        await self.require(mailbox_id, Right.DELETE_MAILBOX)
        everything = {mailbox.name: mailbox for mailbox in await self._store.mailboxes(self.account_id)}
        if everything[INBOX].id == mailbox_id:
            raise NotPermitted("only the owner may rename INBOX")
        parent = _nearest(check_name(name), everything) or everything[INBOX]
        await self.require(parent.id, Right.CREATE)
        await super().rename_mailbox(mailbox_id, name)

    async def delete_mailbox(self, mailbox_id: MailboxId) -> None:
        """Delete a mailbox with its messages."""
        await self.require(mailbox_id, Right.DELETE_MAILBOX)
        await super().delete_mailbox(mailbox_id)

    async def set_special_use(self, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Only the owner says what a mailbox is for. Raises: NotPermitted."""
        del mailbox_id, use
        raise NotPermitted("only the owner says what a mailbox is for")

    # Messages

    async def placements(self, mailbox_id: MailboxId, after_uid: int = 0) -> PlacementPage:
        """A page of UIDs, flags and modification sequences."""
        await self.require(mailbox_id, Right.READ)
        return await super().placements(mailbox_id, after_uid)

    async def changes(self, mailbox_id: MailboxId, since: int, after_uid: int = 0) -> MailboxChanges:
        """What happened after a modification sequence."""
        await self.require(mailbox_id, Right.READ)
        return await super().changes(mailbox_id, since, after_uid)

    async def fetch(self, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int = 0) -> FetchPage:
        """A page of columns of messages."""
        await self.require(mailbox_id, Right.READ)
        return await super().fetch(mailbox_id, uids, columns, start)

    async def read(self, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None) -> bytes:
        """Octets of one message."""
        await self.require(mailbox_id, Right.READ)
        return await super().read(mailbox_id, uid, start, length)

    async def append(self, mailbox_id: MailboxId, appends: Sequence[Append]) -> Placed:
        """Put messages into a mailbox, with the flags one may set."""
        await self.require(mailbox_id, Right.INSERT)
        rights = await self.rights(mailbox_id)
        return await super().append(mailbox_id, [permitted_append(append, rights) for append in appends])

    async def replace(self, mailbox_id: MailboxId, uid: int, destination: MailboxId, append: Append) -> Placed:
        """Put a message in the place of another."""
        await self.require(mailbox_id, _DELETE)
        await self.require(destination, Right.INSERT)
        permitted = permitted_append(append, await self.rights(destination))
        return await super().replace(mailbox_id, uid, destination, permitted)

    async def store_flags(self, mailbox_id: MailboxId, uids: Sequence[int], change: FlagChange) -> FlagsStored:
        """Change the flags that one may change."""
        await self.require(mailbox_id, Right.READ)
        return await super().store_flags(mailbox_id, uids, permitted_change(change, await self.rights(mailbox_id)))

    async def copy(self, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place messages in another mailbox too."""
        await self.require(mailbox_id, Right.READ)
        await self.require(destination, Right.INSERT)
        return await super().copy(mailbox_id, uids, destination)

    async def move(self, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Move messages to another mailbox."""
        await self.require(mailbox_id, Right.READ | _DELETE)
        await self.require(destination, Right.INSERT)
        return await super().move(mailbox_id, uids, destination)

    async def expunge(self, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False) -> list[int]:
        """Expunge messages."""
        await self.require(mailbox_id, _DELETE if forced else Right.EXPUNGE)
        return await super().expunge(mailbox_id, uids, forced=forced)

    async def claim_recent(self, mailbox_id: MailboxId) -> int:
        """Recent is for the owner's sessions: to others nothing that is there already is recent."""
        return (await self.mailbox(mailbox_id)).uid_next

    async def quota(self) -> Quota:
        """What the owner uses: whoever may read a mailbox may know (RFC 9208 §4.2)."""
        return await super().quota()

    # Grants and annotations

    async def grants(self, mailbox_id: MailboxId) -> list[Grant]:
        """Who has rights on a mailbox."""
        await self.require(mailbox_id, Right.ADMINISTER)
        return await super().grants(mailbox_id)

    async def all_grants(self) -> list[tuple[MailboxId, Grant]]:
        """Who has rights on the mailboxes that one administers."""
        found = await super().all_grants()
        own = {mailbox_id for mailbox_id, _ in found if await self.rights(mailbox_id) & Right.ADMINISTER}
        return [pair for pair in found if pair[0] in own]

    async def put_grant(self, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give somebody exactly these rights."""
        await self.require(mailbox_id, Right.ADMINISTER)
        await super().put_grant(mailbox_id, grant)
        self.look_again()

    async def annotations(self, mailbox_id: MailboxId | None) -> dict[str, bytes]:
        """What is written on a mailbox; what is written on the account is the owner's. Raises: NotPermitted for that."""
        await self.require(self._annotated(mailbox_id), Right.LOOKUP | Right.READ)
        return await super().annotations(mailbox_id)

    async def annotate(self, mailbox_id: MailboxId | None, entries: Mapping[str, bytes | None]) -> None:
        """Write on a mailbox: one's own entries where one may read, those of all where one may write (RFC 5464 §3.3)."""
        is_shared = any(name.lower().startswith(SHARED) for name in entries)
        await self.require(self._annotated(mailbox_id), Right.LOOKUP | (Right.WRITE if is_shared else Right.READ))
        await super().annotate(mailbox_id, entries)

    @staticmethod
    def _annotated(mailbox_id: MailboxId | None) -> MailboxId:
        if mailbox_id is None:
            raise NotPermitted("what is written on an account is its owner's")
        return mailbox_id


def _seen_by_others(mailbox: Mailbox) -> Mailbox:
    """A mailbox without what is the owner's alone: programs must not file their own drafts in somebody else's Drafts."""
    if mailbox.special_use is None and not mailbox.subscribed:
        return mailbox
    return replace(mailbox, special_use=None, subscribed=False)


def _nearest(name: str, everything: Mapping[str, Mailbox]) -> Mailbox | None:
    """The mailbox that ``name`` would lie in; None on the top level."""
    parent = name.rpartition(SEPARATOR)[0]
    while parent and parent not in everything:
        parent = parent.rpartition(SEPARATOR)[0]
    return everything.get(parent)
