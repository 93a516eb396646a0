"""What accounts have sent lately, across processes and restarts."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.foundation.ids import AccountId


class Allowance(msgspec.Struct, frozen=True):
    """At most so many recipients, in a window of ``filters.brakes.counting.WINDOWS``, for a subject (a mailbox, a domain…)."""

    subject: str
    window: str
    most: int


class Sending(msgspec.Struct, frozen=True):
    """A message somebody wants to send."""

    account: AccountId
    recipients: tuple[str, ...]
    """Keys of addresses."""
    network: str
    """From where, under the name of ``filters.greylist.naming``; empty: from inside."""


class Usage(msgspec.Struct, frozen=True):
    """How an allowance stands."""

    allowance: Allowance
    used: int
    frees_at: float
    """When there is room for what was wanted, seconds since 1970."""


class Signs(msgspec.Struct, frozen=True):
    """What may tell that a mailbox is in other hands."""

    new: int = 0
    """Recipients of the last hour it had not written to before."""
    failures: int = 0
    """Recipients of the last hour that do not exist."""
    networks: int = 0
    """Networks of the last day it had not sent from before."""


class Spent(msgspec.Struct, frozen=True):
    """What came of a wish to send."""

    exhausted: Usage | None
    """The first allowance that has no room; nothing was counted then."""
    signs: Signs


class Outgoing(Protocol):
    """Counts; the last second may be lost in a crash of the machine. All verbs raise Unavailable."""

    async def spend(self, sending: Sending, allowances: Sequence[Allowance], now: float) -> Spent:
        """Count a message for every subject of the allowances, or for none where one of them has no room."""
        ...

    async def failed(self, account: AccountId, count: int, now: float) -> Signs:
        """Count recipients of an account that do not exist."""
        ...

    async def usage(self, allowances: Sequence[Allowance], now: float) -> list[Usage]:
        """How allowances stand, for one recipient more."""
        ...

    async def forget(self, account: AccountId) -> None:
        """Forget the signs of an account: somebody has looked at it."""
        ...

    async def reply(self, account: AccountId, correspondent: str, most: int, now: float) -> bool:
        """Count a reply by itself to a correspondent (the key of an address); False when there have been ``most`` in 24 hours."""
        ...
