"""Handing a message to another server."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.model.content import Content
from posthouse.model.delivery import Recipient


class Route(msgspec.Struct, frozen=True):
    """One server to try: where, and how to speak to it."""

    scheme: str
    """``smtp``, ``smtps`` (TLS from the first octet) or ``lmtp``."""
    host: str
    port: int
    verified_tls: bool = False
    """TLS with a valid certificate is required; otherwise STARTTLS is used where offered."""
    user: str = ""
    password: str = ""


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


class Transmitter(Protocol):
    """Keeps and reuses connections as it sees fit."""

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message; one result per recipient, in order. Never raises for what the other side does."""
        ...
