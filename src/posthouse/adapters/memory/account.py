"""One account in memory: plain objects, and the rules of the account store spelled out once more."""

from dataclasses import dataclass, field

from posthouse.foundation.errors import NotFound, OverQuota
from posthouse.foundation.ids import DeliveryId, EmailId, MailboxId, QueueId
from posthouse.model.delivery import Delivered, Outbound
from posthouse.model.mailbox import Flag, Mailbox, SpecialUse


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
    live: dict[int, MemoryPlacement] = field(default_factory=dict)
    expunged: dict[int, MemoryPlacement] = field(default_factory=dict)

    def value(self, *, subscribed: bool) -> Mailbox:
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
            sum(not placement.flags & Flag.SEEN for placement in placements),
            sum(bool(placement.flags & Flag.DELETED) for placement in placements),
            sum(len(placement.email.octets) for placement in placements),
            self.recent_uid,
            subscribed,
        )

    def place(self, email: MemoryEmail, flags: int, keywords: str, stamp: tuple[int, float]) -> int:
        """Add a message at the next UID; ``stamp`` is modification sequence and time."""
        uid = self.uid_next
        self.uid_next += 1
        self.mod_sequence = stamp[0]
        self.live[uid] = MemoryPlacement(email, stamp[0], flags, keywords, stamp[1])
        return uid

    def bury(self, uid: int, stamp: tuple[int, float]) -> None:
        """Expunge a message."""
        placement = self.live.pop(uid)
        placement.mod_sequence, placement.expunged_at = stamp
        self.mod_sequence = stamp[0]
        self.expunged[uid] = placement

    def purge(self, before: float) -> int:
        """Forget what was expunged before a time; returns how many."""
        kept = {uid: held for uid, held in self.expunged.items() if held.expunged_at is None or held.expunged_at >= before}
        purged = len(self.expunged) - len(kept)
        self.expunged = kept
        return purged


@dataclass
class MemoryAccount:
    """All that one person owns."""

    uid_validity: int
    mod_sequence: int = 1
    quota_octets: int = 0
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

    def require_room(self, octets: int) -> None:
        """Check the quota. Raises: OverQuota."""
        used = sum(len(placement.email.octets) for mailbox in self.mailboxes.values() for placement in mailbox.live.values())
        if octets and 0 < self.quota_octets < used + octets:
            raise OverQuota(f"the mailbox is full: {used} of {self.quota_octets} octets are used")

    def thread_of(self, identifiers: tuple[int, ...], email_id: EmailId) -> bytes:
        """The thread of the first Message-ID already known, else a new one."""
        known = next((self.threads[identifier] for identifier in identifiers if identifier in self.threads), bytes(email_id))
        for identifier in identifiers:
            self.threads.setdefault(identifier, known)
        return known
