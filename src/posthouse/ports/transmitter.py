"""Handing a message to another server."""

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.model.content import Content
from posthouse.model.delivery import Recipient
from posthouse.model.route import Target
from posthouse.trust.dane import Tlsa


class Level(enum.StrEnum):
    """What is asked of TLS with one server."""

    NEVER = "never"
    OPPORTUNISTIC = "opportunistic"
    """Where it is offered; in clear where it is not, or fails."""
    ENCRYPTED = "encrypted"
    """Always; the certificate is not looked at."""
    VERIFIED = "verified"
    """Always, with a certificate that is valid for the name."""
    DANE = "dane"
    """Always, with a certificate that TLSA records vouch for."""


class Security(msgspec.Struct, frozen=True):
    """What is asked of TLS, and who asks."""

    level: Level = Level.OPPORTUNISTIC
    name: str = ""
    """The name its certificate must have; empty: the host's."""
    tlsa: tuple[Tlsa, ...] = ()
    domain: str = ""
    """The domain mail is for: another name DANE allows, and what reports are about; empty: nobody wants a report."""
    policy_type: str = "no-policy-found"
    """``tlsa``, ``sts`` or ``no-policy-found`` (RFC 8460 §4.4)."""
    policy_text: str = ""
    testing: bool = False
    """A failure is reported, and mail goes on as if nothing had been asked."""


class Route(Target, frozen=True):
    """One server to try: where, and how to speak to it."""

    security: Security = Security()
    helo: str = ""
    """What we call ourselves; empty: our host name."""
    sources: tuple[str, ...] = ()
    """Addresses to come from, at most one of each family."""

    __repr__ = Target.__repr__


class Transmission(msgspec.Struct, frozen=True):
    """What is to be sent: one message and its recipients at one destination."""

    reverse_path: str
    recipients: tuple[Recipient, ...]
    content: Content
    smtputf8: bool = False
    eight_bit: bool = False
    binary: bool = False
    return_content: str = ""
    envelope_id: str = ""
    require_tls: bool = False
    deliver_within: int = 0
    """Seconds left, with what is to happen then: ``R``, ``N``, ``T`` behind it, or empty (RFC 2852)."""
    deliver_mode: str = ""
    priority: int = 0


class Result(msgspec.Struct, frozen=True):
    """What the server said about one recipient."""

    code: int
    """SMTP reply code; 0 when there was no reply (connection failed or lost)."""
    status: str
    """Enhanced status code, or empty."""
    text: str
    remote: str
    relayed_dsn: bool = False
    """The server takes over the duty to notify (it offers DSN)."""
    uncertain: bool = False
    """There was no reply although everything had gone out: the message may have arrived."""
    reached: bool = True
    """Somebody was spoken to; False: nobody was there, or nobody who may be given mail."""
    tls: str = ""
    """How the connection was encrypted, in words; empty: it was not, or there was none."""
    deadline_kept: bool = False
    """The server takes over the deadline (it offers DELIVERBY)."""
    lacking: bool = False
    """Nothing was said: the server cannot do what the message needs. Another one of the domain may."""


class Probe(msgspec.Struct, frozen=True):
    """What speaking to a server came to, without sending anything."""

    reached: bool
    """Mail could be sent now."""
    words: tuple[str, ...]
    """What was found, line by line."""


class Transmitter(Protocol):
    """Keeps and reuses connections as it sees fit."""

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message; one result per recipient, in order. Never raises for what the other side does."""
        ...

    async def probe(self, route: Route) -> Probe:
        """Connect, introduce ourselves, secure the connection, sign in; then leave. Never raises for what the other side does."""
        ...
