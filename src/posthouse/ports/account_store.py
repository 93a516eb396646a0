"""Everything one person owns, in one transactional truth.

Each verb is one transaction: it happened durably when the coroutine returns, or not at all when it raises. UIDs and modification
sequences are given out inside the transaction that makes a message visible. No verb hands out a cursor: long answers come in
pages of columns, so that nobody holds a read transaction while a slow client reads.

A ``viewer`` is somebody else than the owner who looks at a shared mailbox; None is the owner. Seen is the viewer's alone, all
else is everybody's. A viewer's change of Seen takes the account's next modification sequence and raises the mailbox's, and
``changes`` tells it to that viewer only; to a viewer a message's modification sequence is the higher of the shared and their own.

All verbs raise ``NotFound`` for an account or mailbox that is not there, ``Unavailable`` when the owner of the account cannot be
reached in time, ``OutOfSpace`` when the disk is full, ``Fenced`` when another process has taken the account over.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from posthouse.foundation.ids import AccountId, EmailId, MailboxId, QueueId
from posthouse.model.delivery import Append, Delivered, Delivery, Outbound
from posthouse.model.mailbox import FlagChange, FlagsStored, Mailbox, MailboxChanges, Placed, PlacementPage, SpecialUse
from posthouse.model.quota import Quota
from posthouse.model.sharing.rights import Grant

SIZE: Final = "size"
"""Octets shown (int)."""
RECEIVED_AT: Final = "received_at"
"""INTERNALDATE, seconds since 1970 (float)."""
SAVED_AT: Final = "saved_at"
"""When it came into this mailbox (float)."""
EMAIL_ID: Final = "email_id"
"""EmailId; POP3 UIDL and OBJECTID (16 octets)."""
THREAD_ID: Final = "thread_id"
"""ThreadId (16 octets)."""
TRACE_ID: Final = "trace_id"
RECORD: Final = "record"
"""The delivery record, JSON."""
OCTETS: Final = "octets"
"""The shown octets, or None where they are larger than a page may hold: use ``read``."""
FLAGS: Final = "flags"
KEYWORDS: Final = "keywords"
MOD_SEQUENCE: Final = "mod_sequence"


class FetchPage(msgspec.Struct, frozen=True):
    """Rows of one page of ``fetch``: ``(uid, column, …)`` in the order asked, ascending by UID."""

    rows: list[tuple[Any, ...]]
    next_index: int
    """Index into the UIDs asked for from which to ask next; their number when this page was the last."""


class Fault(msgspec.Struct, frozen=True):
    """A broken invariant found by ``verify``."""

    what: str
    where: str


class Reindexed(msgspec.Struct, frozen=True):
    """One page of ``reindex``."""

    messages: int
    """Messages of this page."""
    after: EmailId | None
    """Where to go on; None when this page was the last."""


class AccountReader(Protocol):
    """The looking verbs: any process may answer them from the same files."""

    async def mailboxes(self, account_id: AccountId, *, viewer: AccountId | None = None) -> list[Mailbox]:
        """All mailboxes, sorted by name, INBOX first."""
        ...

    async def mailbox(self, account_id: AccountId, mailbox_id: MailboxId, *, viewer: AccountId | None = None) -> Mailbox:
        """One mailbox as it is now."""
        ...

    async def subscriptions(self, account_id: AccountId) -> list[str]:
        """Names subscribed to, sorted; some may have no mailbox (RFC 9051 §6.3.7)."""
        ...

    async def placements(
        self, account_id: AccountId, mailbox_id: MailboxId, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> PlacementPage:
        """Messages with a UID above ``after_uid``: at most 1,000; ``more`` tells whether to ask again."""
        ...

    async def changes(
        self, account_id: AccountId, mailbox_id: MailboxId, since: int, after_uid: int = 0, *, viewer: AccountId | None = None
    ) -> MailboxChanges:
        """What changed after the modification sequence ``since``, in pages of changed messages by UID above ``after_uid``.

        Expunged UIDs come with the first page (``after_uid`` 0), all of them.
        """
        ...

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
        """Columns of the messages ``uids[start:]`` (ascending), at most 1,000 rows or about 256 KiB a page (one row at least).

        A column is one of the names above or a projection registered with the store (octets). Expunged messages are answered as
        long as their octets are retained; unknown UIDs are left out.
        """
        ...

    async def read(
        self, account_id: AccountId, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None
    ) -> bytes:
        """Shown octets ``start`` to ``start + length`` of one message (to its end where no length is given).

        Raises: NotFound for an unknown UID.
        """
        ...

    async def quota(self, account_id: AccountId) -> Quota:
        """What the account uses and may use."""
        ...

    async def grants(self, account_id: AccountId, mailbox_id: MailboxId) -> list[Grant]:
        """Who has rights on a mailbox, sorted by identifier; the owner's own need no grant."""
        ...

    async def all_grants(self, account_id: AccountId) -> list[tuple[MailboxId, Grant]]:
        """Who has rights on any mailbox, by mailbox, then sorted by identifier."""
        ...

    async def annotations(
        self, account_id: AccountId, mailbox_id: MailboxId | None, *, viewer: AccountId | None = None
    ) -> dict[str, bytes]:
        """Entries of a mailbox, or of the account itself (None): the shared ones and the viewer's private ones (RFC 5464)."""
        ...

    async def outbox(self, account_id: AccountId) -> list[Outbound]:
        """What deliveries have caused and the queue has not confirmed yet."""
        ...

    async def verify(self, account_id: AccountId) -> list[Fault]:
        """Check every invariant of the account: databases, UIDs, counters, sizes, projections against octets."""
        ...


class AccountStore(AccountReader, Protocol):
    """The whole store; its writing verbs run in the process that owns the account."""

    async def create(self, account_id: AccountId, kind: str, mailboxes: Sequence[tuple[str, SpecialUse | None]]) -> None:
        """Make the account with INBOX and the mailboxes given (subscribed). Making it again changes nothing."""
        ...

    async def destroy(self, account_id: AccountId) -> None:
        """Remove the account and everything it owns, for ever."""
        ...

    async def create_mailbox(self, account_id: AccountId, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it; each takes the grants of the mailbox it lies in.

        Raises: AlreadyExists (the name, or the special use); Invalid for a name no mailbox may have; LimitReached.
        """
        ...

    async def rename_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
        """Rename a mailbox with all below it; renaming INBOX moves its messages into a new mailbox (RFC 9051 §6.3.6).

        Raises: AlreadyExists, Invalid.
        """
        ...

    async def delete_mailbox(self, account_id: AccountId, mailbox_id: MailboxId) -> None:
        """Delete a mailbox with its messages, grants and annotations. Mailboxes below it stay.

        Raises: Invalid for INBOX.
        """
        ...

    async def set_special_use(self, account_id: AccountId, mailbox_id: MailboxId, use: SpecialUse | None) -> None:
        """Say what a mailbox is for (RFC 6154); None takes it back.

        Raises: AlreadyExists when another mailbox has the use; Invalid for INBOX, which keeps its own, and for its use.
        """
        ...

    async def number_mailbox(self, account_id: AccountId, mailbox_id: MailboxId, uid_validity: int, uid_next: int) -> None:
        """Let a mailbox go on with the numbers it had elsewhere; a mailbox that never had a message gets that UIDVALIDITY, too.

        Raises: Invalid where UIDNEXT would fall, or for no UIDVALIDITY; AlreadyExists where it is another mailbox's; Refused
        where the mailbox has another one already.
        """
        ...

    async def subscribe(self, account_id: AccountId, name: str, subscribed: bool) -> None:
        """Add a name to the subscriptions or take it away; it need not exist."""
        ...

    async def deliver(self, account_id: AccountId, delivery: Delivery) -> Delivered:
        """Deliver a message; a ``delivery_id`` seen before is answered with what was done then, as long as its octets are retained.

        Raises: OverQuota.
        """
        ...

    async def append(
        self, account_id: AccountId, mailbox_id: MailboxId, appends: Sequence[Append], *, viewer: AccountId | None = None
    ) -> Placed:
        """Put messages into a mailbox, all or none (RFC 3502).

        Raises: OverQuota.
        """
        ...

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
        """Append a message to ``destination`` and expunge the one it replaces, in one transaction (RFC 8508).

        Raises: NotFound for an unknown UID; OverQuota, judged on the difference.
        """
        ...

    async def store_flags(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[int],
        change: FlagChange,
        *,
        viewer: AccountId | None = None,
    ) -> FlagsStored:
        """Change flags; all changed messages get one new modification sequence."""
        ...

    async def copy(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Place the messages in another (or the same) mailbox too, with their flags and viewers; unknown UIDs are left out.

        Raises: OverQuota.
        """
        ...

    async def move(self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], destination: MailboxId) -> Placed:
        """Copy, then expunge the originals, in one transaction (RFC 6851)."""
        ...

    async def expunge(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int] | None = None, *, forced: bool = False
    ) -> list[int]:
        """Expunge the messages with the Deleted flag (among ``uids``), or ``uids`` themselves when forced; returns their UIDs.

        The octets are retained for the undelete period; quota counts live messages only.
        """
        ...

    async def claim_recent(self, account_id: AccountId, mailbox_id: MailboxId) -> int:
        """Take the Recent flag of all messages for one session: returns the first UID that is recent to it."""
        ...

    async def clear_outbox(self, account_id: AccountId, ids: Sequence[QueueId]) -> None:
        """Forget consequences that are durable in the queue."""
        ...

    async def set_quota(self, account_id: AccountId, octets: int, messages: int = 0) -> None:
        """Set the most octets and the most live messages the account may have; 0 lifts the limit."""
        ...

    async def put_grant(self, account_id: AccountId, mailbox_id: MailboxId, grant: Grant) -> None:
        """Give an identifier exactly these rights on a mailbox; none at all takes its grant away.

        Raises: Invalid (the identifier), LimitReached.
        """
        ...

    async def annotate(
        self,
        account_id: AccountId,
        mailbox_id: MailboxId | None,
        entries: Mapping[str, bytes | None],
        *,
        viewer: AccountId | None = None,
    ) -> None:
        """Set entries of a mailbox, or of the account itself (None), all or none; None removes one.

        It takes the account's next modification sequence, for those who ask what changed in the account; a mailbox's is about its
        messages and stays. Raises: Invalid (a name), TooLarge (a value), LimitReached (too many, or too much in all).
        """
        ...

    async def reindex(self, account_id: AccountId, after: EmailId | None = None) -> Reindexed:
        """Compute the projections of the next page of messages anew, so that others have their turn between pages."""
        ...

    async def purge_expunged(self, account_id: AccountId, before: float) -> int:
        """Forget messages expunged before the time given, with their octets; returns their number."""
        ...
