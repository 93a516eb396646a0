"""The audit log: every administrative act, in a chain that shows whether anything was altered or taken out."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act. Secrets are never in it. It is written before the act is done."""

    at: float
    """Seconds since 1970."""
    by: str
    """Address of whoever acted."""
    role: str
    credential: str = ""
    """Id of the app password or the token, as text; empty: the account password, or nobody signed in."""
    origin: str = ""
    """From where: an IP address, a user of the machine."""
    act: str
    """As ``model.role.Act`` spells it."""
    subject: str
    """What it was done to: an address, a domain, a setting, an id."""
    domain: str = ""
    """The key of the domain it belongs to; empty: the whole service."""
    account: str = ""
    """The id of the account it was done to, as text."""
    before: str = ""
    """What was there, as JSON."""
    after: str = ""
    """What shall be there, as JSON."""
    outcome: str = ""
    """Empty: the act was begun. Else why it was not done, in an entry that follows the one with which it was begun."""


class Recorded(msgspec.Struct, frozen=True):
    """An entry in its place."""

    number: int
    """From 1, without gaps."""
    entry: Entry
    digest: str
    """Over the digest before it and everything in the entry, in hexadecimal."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; what is empty holds for all."""

    since: float = 0.0
    until: float = 0.0
    """Not including this moment; 0: to the end."""
    act: str = ""
    """An act, or the part before its dot."""
    subject: str = ""
    by: str = ""
    domains: tuple[str, ...] | None = None
    """Only of these domains, by key; None: of all, and of the whole service."""
    account: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """Whether the chain is whole."""

    entries: int
    digest: str
    """Of the last entry: whoever has written it down elsewhere can tell later that no end was cut off."""
    faults: tuple[str, ...] = ()
    """In words, the first ones."""


class Audit(Protocol):
    """Append-only. All verbs raise Unavailable."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries, in their order; on the disk on return. Raises: OutOfSpace."""
        ...

    async def read(self, sought: Sought, before: int, limit: int) -> list[Recorded]:
        """Entries with lower numbers than ``before`` (0: all), the newest first."""
        ...

    async def verify(self, number: int, digest: str) -> Verdict:
        """Compute the chain anew; ``number`` (0: none) had this digest once."""
        ...
