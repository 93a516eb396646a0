"""One account in memory: plain objects, and the rules of the account store spelled out once more."""

from dataclasses import dataclass, field

from posthouse.foundation.errors import LimitReached, NotFound, OverQuota
from posthouse.foundation.ids import AccountId, DeliveryId, EmailId, MailboxId, QueueId
from posthouse.model.delivery import Delivered, Outbound
from posthouse.model.mailbox import Flag, Mailbox, SpecialUse
from posthouse.model.quota import refusal
from posthouse.model.sharing.annotation import ACCOUNT_OCTETS, ENTRIES


@dataclass
class MemoryEmail:
    """A message as kept once."""

    id: EmailId
    thread_id: bytes
    octets: bytes
    """As shown."""
    received_at: float
    trace_id: bytes | None
    record: bytes | None
    projections: dict[str, bytes]


@dataclass
class MemoryPlacement:
    """A message in a mailbox."""

    email: MemoryEmail
    mod_sequence: int
    flags: int
    keywords: str
    saved_at: float
    expunged_at: float | None = None
    viewers: dict[AccountId, tuple[bool, int]] = field(default_factory=dict)
    """Whether a viewer has seen it, and since which modification sequence."""

    def flags_for(self, viewer: AccountId | None) -> int:
        """The flags as somebody sees them."""
        if viewer is None:
            return self.flags
        return self.flags & ~Flag.SEEN | (Flag.SEEN if self.viewers.get(viewer, (False, 0))[0] else 0)

    def mod_sequence_for(self, viewer: AccountId | None) -> int:
        """The modification sequence as somebody sees it."""
        return self.mod_sequence if viewer is None else max(self.mod_sequence, self.viewers.get(viewer, (False, 0))[1])

    def carried(self, stamp: tuple[int, float]) -> "MemoryPlacement":
        """A copy of it in a mailbox, with who has seen it."""
        seen = {viewer: (True, stamp[0]) for viewer, (has_seen, _) in self.viewers.items() if has_seen}
        return MemoryPlacement(self.email, stamp[0], self.flags, self.keywords, stamp[1], None, seen)


@dataclass
class MemoryMailbox:
    """A mailbox: live placements, and expunged ones that are retained."""

    id: MailboxId
    name: str
    special_use: SpecialUse | None
    uid_validity: int
    mod_sequence: int
    uid_next: int = 1
    recent_uid: int = 1
    horizon: int = 0
    grants: dict[str, int] = field(default_factory=dict)
    annotations: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    """By entry and viewer; no viewer for shared entries and for the owner's."""
    live: dict[int, MemoryPlacement] = field(default_factory=dict)
    expunged: dict[int, MemoryPlacement] = field(default_factory=dict)

    def value(self, *, subscribed: bool, viewer: AccountId | None = None) -> Mailbox:
        """The mailbox with counters counted, not kept."""
        placements = self.live.values()
        return Mailbox(
            self.id,
            self.name,
            self.special_use,
            self.uid_validity,
            self.uid_next,
            self.mod_sequence,
            len(placements),
            sum(not placement.flags_for(viewer) & Flag.SEEN for placement in placements),
            sum(bool(placement.flags & Flag.DELETED) for placement in placements),
            sum(len(placement.email.octets) for placement in placements),
            self.recent_uid,
            subscribed,
        )

    def place(self, placement: MemoryPlacement) -> int:
        """Add a message at the next UID."""
        uid = self.uid_next
        self.uid_next += 1
        self.mod_sequence = placement.mod_sequence
        self.live[uid] = placement
        return uid

    def bury(self, uid: int, stamp: tuple[int, float]) -> None:
        """Expunge a message."""
        placement = self.live.pop(uid)
        placement.mod_sequence, placement.expunged_at = stamp
        placement.viewers = {}
        self.mod_sequence = stamp[0]
        self.expunged[uid] = placement

    def purge(self, before: float) -> int:
        """Forget what was expunged before a time; returns how many."""
        gone = [uid for uid, held in self.expunged.items() if held.expunged_at is not None and held.expunged_at < before]
        for uid in gone:
            self.horizon = max(self.horizon, self.expunged.pop(uid).mod_sequence)
        return len(gone)


@dataclass
class MemoryAccount:
    """All that one person owns."""

    uid_validity: int
    mod_sequence: int = 1
    quota: tuple[int, int] = (0, 0)
    """Octets and messages; 0 is no limit."""
    annotations: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    mailboxes: dict[MailboxId, MemoryMailbox] = field(default_factory=dict)
    deleted: list[MemoryMailbox] = field(default_factory=list)
    """Mailboxes that are gone, whose messages are retained for a while."""
    subscriptions: set[str] = field(default_factory=set)
    deliveries: dict[DeliveryId, Delivered] = field(default_factory=dict)
    threads: dict[int, bytes] = field(default_factory=dict)
    outbox: dict[QueueId, Outbound] = field(default_factory=dict)

    def mailbox(self, mailbox_id: MailboxId) -> MemoryMailbox:
        """Find a mailbox. Raises: NotFound."""
        if mailbox_id not in self.mailboxes:
            raise NotFound("the mailbox does not exist")
        return self.mailboxes[mailbox_id]

    def named(self, name: str) -> MemoryMailbox | None:
        """The mailbox of this name."""
        return next((mailbox for mailbox in self.mailboxes.values() if mailbox.name == name), None)

    def used(self, special_use: SpecialUse) -> MemoryMailbox | None:
        """The mailbox of this use."""
        return next((mailbox for mailbox in self.mailboxes.values() if mailbox.special_use is special_use), None)

    def next_mod_sequence(self) -> int:
        """Begin a change."""
        self.mod_sequence += 1
        return self.mod_sequence

    def next_uid_validity(self, now: float) -> int:
        """A UIDVALIDITY nobody has had."""
        self.uid_validity = max(self.uid_validity + 1, int(now))
        return self.uid_validity

    def usage(self) -> tuple[int, int]:
        """Octets and messages that are live."""
        sizes = [len(held.email.octets) for mailbox in self.mailboxes.values() for held in mailbox.live.values()]
        return sum(sizes), len(sizes)

    def require_room(self, octets: int, messages: int) -> None:
        """Check the quota. Raises: OverQuota."""
        used = self.usage()
        reason = refusal((used[0] + octets, used[1] + messages), (octets, messages), self.quota)
        if reason is not None:
            raise OverQuota(reason)

    def require_entries(
        self, held: dict[tuple[str, bytes], bytes], wanted: dict[tuple[str, bytes], bytes], *, setting: bool
    ) -> None:
        """Check the limits of annotations. Raises: LimitReached."""
        if len(wanted) > ENTRIES and setting:
            raise LimitReached(f"a mailbox may have {ENTRIES} entries")
        everything = (self.annotations, *(mailbox.annotations for mailbox in self.mailboxes.values()))
        more = _octets(wanted) - _octets(held)
        if more > 0 and sum(map(_octets, everything)) + more > ACCOUNT_OCTETS:
            raise LimitReached(f"the entries of an account may have {ACCOUNT_OCTETS} octets")

    def thread_of(self, identifiers: tuple[int, ...], email_id: EmailId) -> bytes:
        """The thread of the first Message-ID already known, else a new one."""
        known = next((self.threads[identifier] for identifier in identifiers if identifier in self.threads), bytes(email_id))
        for identifier in identifiers:
            self.threads.setdefault(identifier, known)
        return known


def _octets(annotations: dict[tuple[str, bytes], bytes]) -> int:
    return sum(len(entry) + len(value) for (entry, _), value in annotations.items())
