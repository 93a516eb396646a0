"""How messages from outside fared with DMARC: what aggregate reports are made of (RFC 7489 §7.2)."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.formats.reports.dmarc import PublishedPolicy, Row


class DmarcCount(msgspec.Struct, frozen=True):
    """So many messages alike on one day (UTC, ``2026-11-25``)."""

    day: str
    policy: PublishedPolicy
    destinations: tuple[str, ...]
    """URIs of the policy's ``rua``."""
    row: Row
    """Its count is this one's."""


class DmarcResults(Protocol):
    """Counts per day. All verbs raise Unavailable and OutOfSpace."""

    async def add(self, counts: Sequence[DmarcCount]) -> None:
        """Add to what is counted already. Days long past are forgotten by and by."""
        ...

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[DmarcCount]:
        """Counts of one day: of so many policy domains, in their order, behind one."""
        ...
