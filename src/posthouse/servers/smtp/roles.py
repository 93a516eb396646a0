"""What a listener is for, and what it offers therefore."""

import enum
from typing import Final

from posthouse.protocols.smtp.capabilities import Capabilities, Extension, offer
from posthouse.protocols.smtp.types import Dialect

MECHANISMS: Final = ("PLAIN", "LOGIN")
_ALWAYS: Final = (
    Extension.PIPELINING,
    Extension.EIGHT_BIT_MIME,
    Extension.SMTPUTF8,
    Extension.ENHANCED_STATUS_CODES,
    Extension.CHUNKING,
    Extension.DSN,
)


class Role(enum.Enum):
    """Whom a listener serves."""

    MX = "mx"
    """Everybody (25): no authentication, recipients of this house only."""
    SUBMISSION = "submission"
    """Our own people (587 with STARTTLS, 465 with TLS): authentication first, recipients anywhere."""
    LMTP = "lmtp"
    """Another mail server beside us (24): one answer per recipient."""

    @property
    def dialect(self) -> Dialect:
        """The language spoken."""
        return Dialect.LMTP if self is Role.LMTP else Dialect.SMTP


def capabilities(
    role: Role, *, secured: bool, starttls: bool, signed_in: bool, message_octets: int, recipients: int
) -> Capabilities:
    """What is offered now. ``secured``: a password may be sent; ``starttls``: the connection can be secured."""
    # Binary content is taken where it stays: relaying it on may be impossible, and submitted mail is mostly relayed.
    binary = () if role is Role.SUBMISSION else (Extension.BINARY_MIME,)
    tls = (Extension.STARTTLS,) if starttls else ()
    mechanisms = MECHANISMS if role is Role.SUBMISSION and secured else ()
    burl = ("imap" if signed_in else "") if role is Role.SUBMISSION and secured else None
    return offer(
        *_ALWAYS,
        *binary,
        *tls,
        size_octets=message_octets,
        mechanisms=mechanisms,
        most_recipients=recipients,
        burl=burl,
    )


def transmission_type(dialect: Dialect, *, extended: bool, utf8: bool, tls: bool, authenticated: bool) -> str:
    """The ``with`` word of the Received field (RFC 3848, RFC 6531 §4.3)."""
    letters = ("S" if tls else "") + ("A" if authenticated else "")
    if utf8:
        return f"UTF8{dialect.value}{letters}"
    if dialect is Dialect.LMTP:
        return f"LMTP{letters}"
    return f"ESMTP{letters}" if extended else "SMTP"
