"""Who has failed to sign in and who has not, across processes, protocols and restarts."""

import enum
from typing import Protocol

import msgspec

from posthouse.filters.guard.counting import Rules


class Attempt(msgspec.Struct, frozen=True):
    """Somebody who signs in: under the names of ``filters.guard.naming``."""

    address: str
    near: str
    wide: str
    account: str
    """The key of the address that is claimed, whether there is such an account or not."""


class Blocked(enum.StrEnum):
    """What is blocked."""

    HAND = "hand"
    """The client's network, by an administrator."""
    ADDRESS = "address"
    NETWORK = "network"
    ACCOUNT = "account"
    """The account, for clients from where nobody has signed in to it lately."""
    PAIR = "pair"
    """The account for this client, from where its owner has signed in lately."""

    @property
    def is_of_account(self) -> bool:
        """Whether it is about guesses at one account: a secret that nobody can guess is taken all the same."""
        return self in (Blocked.ACCOUNT, Blocked.PAIR)


class Standing(msgspec.Struct, frozen=True):
    """How an attempt stands. Nothing is blocked: ``blocked`` is None."""

    blocked: Blocked | None = None
    seconds: float = 0.0
    """How long that lasts."""
    begins: bool = False
    """It begins with this failure: nothing was blocked before."""


class Block(msgspec.Struct, frozen=True):
    """One block, for administrators."""

    kind: Blocked
    subject: str
    """A network, an account, or both."""
    until: float
    """Seconds since 1970; 0: until it is removed."""
    blocks: int = 1
    """How many there were in a row."""


class Guard(Protocol):
    """Counts failures and keeps blocks; the last second may be lost in a crash of the machine. All verbs raise Unavailable.

    A client from where somebody has signed in to the account in the last 30 days is known: blocks of addresses, networks and
    accounts do not concern it, and its own failures concern nobody else.
    """

    async def standing(self, attempt: Attempt, now: float) -> Standing:
        """Whether anything is blocked; nothing is counted."""
        ...

    async def failed(self, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
        """Count a failure, unless something is blocked already; where that is the account, address and network are counted.

        ``secret`` stands for what was tried: the same again is no other failure.
        """
        ...

    async def succeeded(self, attempt: Attempt, now: float, *, strong: bool) -> Standing:
        """Remember from where an account is used, unless something is blocked.

        ``strong``: by a secret that cannot be guessed, for which blocks of the account do not count.
        """
        ...

    async def blocks(self, now: float) -> list[Block]:
        """All blocks in force, by subject."""
        ...

    async def add(self, network: str, until: float) -> None:
        """Block a network by hand (``192.0.2.0/24``), until a moment or (0) until it is removed."""
        ...

    async def remove(self, subject: str) -> int:
        """Lift the blocks of a subject, or of a network and everything in it, and forget its failures. Returns their number."""
        ...
