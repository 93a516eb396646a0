"""How TLS went with the servers we sent to: what TLS reports are made of (RFC 8460)."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class TlsSession(msgspec.Struct, frozen=True):
    """One connection, or one try, seen by TLS alone."""

    policy_type: str
    """``tlsa``, ``sts`` or ``no-policy-found`` (RFC 8460 §4.4)."""
    policy_domain: str
    """The domain mail was for."""
    mx_host: str = ""
    result: str = ""
    """Result type of RFC 8460 §4.3; empty: it went well."""
    receiving_ip: str = ""
    policy_text: str = ""
    """The policy as it was then: its lines, or its TLSA records, one a line."""


class TlsCount(msgspec.Struct, frozen=True):
    """So many alike on one day (UTC, ``2026-11-25``)."""

    day: str
    session: TlsSession
    count: int


class TlsResults(Protocol):
    """Counts per day. All verbs raise Unavailable and OutOfSpace."""

    async def add(self, counts: Sequence[TlsCount]) -> None:
        """Add to what is counted already. Days long past are forgotten by and by."""
        ...

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[TlsCount]:
        """Counts of one day: of so many domains, in their order, behind one."""
        ...
