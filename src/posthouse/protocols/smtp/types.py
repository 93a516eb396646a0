"""Values that commands carry: parameters of MAIL and RCPT, and which dialect is spoken."""

import enum
from typing import NamedTuple

import msgspec


class Dialect(enum.Enum):
    """SMTP greets with EHLO or HELO and answers DATA once; LMTP greets with LHLO and answers once per recipient."""

    SMTP = "SMTP"
    LMTP = "LMTP"


class Body(enum.StrEnum):
    """The BODY parameter (RFC 6152 §2, RFC 3030 §3)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT_MIME = "8BITMIME"
    BINARY_MIME = "BINARYMIME"


class Ret(enum.StrEnum):
    """How much of the message a failure notice returns (RFC 3461 §4.3)."""

    FULL = "FULL"
    HEADERS = "HDRS"


class Notify(enum.IntFlag):
    """When the sender wants to hear of a recipient (RFC 3461 §4.1); NEVER stands alone."""

    NEVER = 1
    SUCCESS = 2
    FAILURE = 4
    DELAY = 8


class OriginalRecipient(NamedTuple):
    """ORCPT (RFC 3461 §4.2, RFC 6533 §3): the address the sender first wrote, decoded."""

    address_type: str
    address: str


class DeliverBy(NamedTuple):
    """BY (RFC 2852 §4): seconds from now, what is to happen then (``R`` return, ``N`` notify), whether every relay tells."""

    seconds: int
    mode: str
    trace: bool = False


class MailParameters(msgspec.Struct, frozen=True):
    """Parameters of MAIL; what was not given is None or False."""

    size: int | None = None
    """Octets of the message as the client counts them (RFC 1870)."""
    body: Body | None = None
    smtputf8: bool = False
    auth: str | None = None
    """Who submitted it first, an address or ``<>`` (RFC 4954 §5), decoded."""
    ret: Ret | None = None
    envid: str | None = None
    """Envelope id, decoded (RFC 3461 §4.4)."""
    require_tls: bool = False
    """RFC 8689."""
    hold_for: int | None = None
    """Seconds (RFC 4865)."""
    hold_until: int | None = None
    """Seconds since 1970 (RFC 4865)."""
    deliver_by: DeliverBy | None = None
    priority: int | None = None
    """-9 to 9 (RFC 6710)."""


class RcptParameters(msgspec.Struct, frozen=True):
    """Parameters of RCPT; what was not given is None."""

    notify: Notify | None = None
    orcpt: OriginalRecipient | None = None


NO_MAIL_PARAMETERS = MailParameters()
NO_RCPT_PARAMETERS = RcptParameters()
