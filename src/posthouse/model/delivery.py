"""Messages on their way: what is delivered to an account, and what waits in the queue."""

import enum

import msgspec

from posthouse.foundation.ids import DeliveryId, EmailId, MailboxId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.mailbox import SpecialUse


class Outbound(msgspec.Struct, frozen=True):
    """What a delivery causes (a redirect, an auto-reply): kept in the account's outbox until it is in the queue."""

    id: QueueId
    reverse_path: str
    recipients: tuple[str, ...]
    content: Content
    trace_id: TraceId


class Delivery(msgspec.Struct, frozen=True):
    """One message for one account. Delivering the same ``delivery_id`` again changes nothing."""

    delivery_id: DeliveryId
    trace_id: TraceId
    content: Content
    received_at: float
    """Seconds since 1970 (INTERNALDATE)."""
    special_use: SpecialUse = SpecialUse.INBOX
    """Where it goes; the inbox when the account has no such mailbox."""
    flags: int = 0
    keywords: tuple[str, ...] = ()
    record: bytes = b""
    """Verdict and delivery result as JSON: why this message is where it is."""
    consequences: tuple[Outbound, ...] = ()
    over_quota: bool = False
    """It goes into a full mailbox, too: a letter of the house about just that."""


class Delivered(msgspec.Struct, frozen=True):
    """Where a delivery went."""

    email_id: EmailId
    mailbox_id: MailboxId
    uid: int
    repeated: bool = False
    """The same ``delivery_id`` had been delivered before."""


class Append(msgspec.Struct, frozen=True):
    """One message that its owner puts into a mailbox (IMAP APPEND, import)."""

    content: Content
    received_at: float
    flags: int = 0
    keywords: tuple[str, ...] = ()
    trace_id: TraceId | None = None


class Notify(enum.IntFlag):
    """When the sender wants to hear (RFC 3461 §4.1); NEVER is the absence of the others once given."""

    UNSPECIFIED = 0
    NEVER = 1
    SUCCESS = 2
    FAILURE = 4
    DELAY = 8


class RecipientState(enum.StrEnum):
    """Where a queued recipient stands."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    PURGED = "purged"


class Recipient(msgspec.Struct, frozen=True):
    """One recipient of a queued message."""

    address: str
    """Where it goes, ``local@domain`` as on the wire."""
    original_recipient: str = ""
    """ORCPT as given (RFC 3461 §4.2), else empty."""
    notify: int = 0
    """``Notify`` bits."""
    delivery_id: DeliveryId = DeliveryId(b"")
    destination: str = ""
    """What it waits for: ``local`` or the normalised domain; the queue leases by it."""
    final_recipient: str = ""
    """The address the sender used, where an alias stood between."""


class QueuedMessage(msgspec.Struct, frozen=True):
    """A message the house has taken responsibility for."""

    id: QueueId
    trace_id: TraceId
    reverse_path: str
    """Empty for the null reverse-path."""
    content: Content
    recipients: tuple[Recipient, ...]
    received_at: float
    return_content: str = ""
    """RET: FULL, HDRS or empty (RFC 3461 §4.3)."""
    envelope_id: str = ""
    """ENVID as given (RFC 3461 §4.4)."""
    smtputf8: bool = False
    eight_bit: bool = False
    binary: bool = False
    record: bytes = b""
    """Verdict as JSON."""
    parent_trace_id: TraceId | None = None
    forward_path: str = ""
    """The reverse-path towards other houses where it differs: mail of others that we pass on (SRS)."""
    require_tls: bool = False
    """REQUIRETLS (RFC 8689): better returned than sent on without TLS that is checked."""
    tls_optional: bool = False
    """``TLS-Required: No`` stands in its header (RFC 8689 §3): better sent on in clear than returned."""
    release_at: float = 0.0
    """Not before this moment (RFC 4865), seconds since 1970; 0: at once."""
    deliver_by: float = 0.0
    """Until this moment (RFC 2852), seconds since 1970; 0: as long as the settings say."""
    deliver_mode: str = ""
    """What is to happen then: ``R`` return, ``N`` notify; with ``T`` behind it every relay tells the sender."""
    priority: int = 0
    """-9 to 9 (RFC 6710): what is more urgent goes first."""

    @property
    def due_at(self) -> float:
        """When the first attempt is due."""
        return max(self.received_at, self.release_at)


class Lease(msgspec.Struct, frozen=True):
    """The right to work on one recipient of a queued message until ``until``; ``token`` proves it."""

    queue_id: QueueId
    recipient_number: int
    token: int
    until: float


class Leased(msgspec.Struct, frozen=True):
    """Work taken from the queue: one message for one destination, with the recipients that are due."""

    message: QueuedMessage
    """With only the leased recipients; its content may be read through the queue."""
    leases: tuple[Lease, ...]
    attempts: tuple[int, ...]
    """Earlier attempts of each recipient."""
    possible_duplicates: tuple[bool, ...]
    """An earlier runner had begun to transmit to this recipient and never said what became of it."""
    delay_notified: tuple[bool, ...] = ()


class Outcome(enum.StrEnum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    RELAYED = "relayed"
    """Given to a server that promised no delivery notification."""
    EXPANDED = "expanded"
    RETRY = "retry"
    FAILED = "failed"


class Attempt(msgspec.Struct, frozen=True):
    """The result of one attempt for one recipient."""

    lease: Lease
    outcome: Outcome
    at: float
    remote: str = ""
    """Host that answered."""
    reply: str = ""
    """Its words, or ours."""
    status: str = ""
    """Enhanced status code, e.g. ``5.1.1``."""
    retry_at: float = 0.0
    delay_notified: bool = False


class QueueRow(msgspec.Struct, frozen=True):
    """One recipient in the queue, for people and screens."""

    id: QueueId
    trace_id: TraceId
    reverse_path: str
    address: str
    destination: str
    state: RecipientState
    attempts: int
    received_at: float
    next_attempt_at: float
    size_octets: int
    last_reply: str = ""
    number: int = 0
    """Which of the message's recipients it is."""


class Position(msgspec.Struct, frozen=True):
    """A place between two rows of a queue: after this recipient of this message."""

    queue_id: QueueId = QueueId(b"")
    number: int = -1


START = Position()
"""Before the first row."""


class Wanted(msgspec.Struct, frozen=True):
    """Which rows of a queue are meant; empty fields mean any."""

    text: str = ""
    """Stands in the sender or the recipient, in any case."""
    sender: str = ""
    """Stands in the sender, in any case; ``<>`` is the null reverse-path."""
    recipient: str = ""
    """Stands in the recipient, in any case."""
    domain: str = ""
    """The recipient's domain, or the destination it waits for."""
    state: RecipientState | None = None


EVERYTHING = Wanted()


class Changed(msgspec.Struct, frozen=True):
    """What a change by hand has come to so far."""

    count: int
    """Recipients changed."""
    after: Position | None = None
    """Where to go on; None: this was the end."""
