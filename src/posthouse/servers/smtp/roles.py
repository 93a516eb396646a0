"""What a listener is for, and what it offers therefore."""

import enum
from functools import lru_cache
from typing import Final

import msgspec

from posthouse.protocols.smtp.capabilities import Capabilities, Extension, offer
from posthouse.protocols.smtp.types import Dialect

_ALWAYS: Final = (
    Extension.PIPELINING,
    Extension.EIGHT_BIT_MIME,
    Extension.SMTPUTF8,
    Extension.ENHANCED_STATUS_CODES,
    Extension.CHUNKING,
    Extension.DSN,
)

_OF_OUR_PEOPLE: Final = (Extension.DELIVERBY, Extension.MT_PRIORITY)
"""How urgent a message is and when it is to be sent is for its sender to say, not for everybody."""


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


class Circumstances(msgspec.Struct, frozen=True):
    """What a connection and the settings allow now."""

    tls: bool
    """The connection is encrypted."""
    may_start_tls: bool
    """It can be."""
    secured: bool = False
    """A password may be sent; this and what follows is for submission only."""
    mechanisms: tuple[str, ...] = ()
    """Those that work here."""
    signed_in: bool = False
    future_release: tuple[int, int] | None = None
    """How long messages are held at most, and until when (seconds, seconds since 1970); None: not at all."""


@lru_cache(maxsize=256)
def capabilities(role: Role, now: Circumstances, *, message_octets: int, recipients: int) -> Capabilities:
    """What is offered now."""
    submits = role is Role.SUBMISSION
    # Binary content is taken where it stays: relaying it on may be impossible, and submitted mail is mostly relayed.
    extensions = [*_ALWAYS, *(_OF_OUR_PEOPLE if submits else (Extension.BINARY_MIME,))]
    if now.may_start_tls:
        extensions.append(Extension.STARTTLS)
    if now.tls and role is not Role.LMTP:
        extensions.append(Extension.REQUIRETLS)
    return offer(
        *extensions,
        size_octets=message_octets,
        mechanisms=now.mechanisms if submits and now.secured else (),
        most_recipients=recipients,
        burl=("imap" if now.signed_in else "") if submits and now.secured else None,
        future_release=now.future_release if submits else None,
    )


def transmission_type(dialect: Dialect, *, extended: bool, utf8: bool, tls: bool, authenticated: bool) -> str:
    """The ``with`` word of the Received field (RFC 3848, RFC 6531 §4.3)."""
    letters = ("S" if tls else "") + ("A" if authenticated else "")
    if utf8:
        return f"UTF8{dialect.value}{letters}"
    if dialect is Dialect.LMTP:
        return f"LMTP{letters}"
    return f"ESMTP{letters}" if extended else "SMTP"
