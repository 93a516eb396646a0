"""What a delivery status notification says, about a message and about each of its recipients (RFC 3464 §2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Action(Enum):
    """What became of a recipient (RFC 3464 §2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, kw_only=True)
class RecipientStatus:
    """The fields about one recipient (RFC 3464 §2.3); addresses as characters, without their type."""

    final_recipient: str
    action: Action
    status: str
    """Enhanced status code (RFC 3463), e.g. ``5.1.1``."""
    original_recipient: str | None = None
    """The address of the ORCPT parameter, xtext decoded."""
    original_recipient_type: str = "rfc822"
    remote_mta: str | None = None
    """Host name of the server that gave the answer."""
    diagnostic_code: str | None = None
    """The answer of that server, several lines joined by a space, e.g. ``550 5.1.1 no such user``."""
    last_attempt: datetime | None = None
    will_retry_until: datetime | None = None
    final_log_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryStatus:
    """The content of a message/delivery-status part: fields about the message (RFC 3464 §2.2), then each recipient."""

    reporting_mta: str
    recipients: tuple[RecipientStatus, ...]
    original_envelope_id: str | None = None
    """The ENVID parameter, xtext decoded."""
    received_from_mta: str | None = None
    arrival: datetime | None = None
