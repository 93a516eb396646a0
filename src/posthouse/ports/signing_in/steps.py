"""Steps of what takes more than one request: between password and code, a challenge, a link in a letter."""

from typing import Protocol

import msgspec

from posthouse.foundation.ids import AccountId


class Step(msgspec.Struct, frozen=True):
    """Something begun that somebody may go on with who holds its secret."""

    key: bytes
    """A keyed hash of the secret and of what it is for."""
    account_id: AccountId
    value: bytes
    """For who goes on."""
    until: float


class Steps(Protocol):
    """Keeps them for minutes; all verbs raise Unavailable and OutOfSpace."""

    async def put(self, step: Step, most: int, now: float) -> bool:
        """Keep a step; where the account has more than ``most``, the oldest go. False: there is one with this key."""
        ...

    async def attempt(self, key: bytes, most: int, now: float) -> Step | None:
        """A step, to try to go on with, unless its time is over or it has been tried ``most`` times; this time is counted."""
        ...

    async def take(self, key: bytes, now: float) -> Step | None:
        """Use a step up: of all who try, one gets it."""
        ...
