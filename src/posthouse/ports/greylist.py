"""Who has written to whom, as far as greylisting must know."""

from typing import Protocol

import msgspec

from posthouse.filters.greylist.deciding import Rules


class Encounter(msgspec.Struct, frozen=True):
    """A sender that wants to write to somebody, under the names of ``filters.greylist.naming``."""

    network: str
    sender: str
    """Empty for the null reverse-path."""
    recipient: str

    @property
    def sender_domain(self) -> str:
        """The domain of the sender."""
        return self.sender.rpartition("@")[2]


class Welcome(msgspec.Struct, frozen=True):
    """Whether a sender is let in, and why; else after how many seconds it may try again."""

    known: bool
    why: str
    retry_after: float = 0.0


class Greylist(Protocol):
    """Remembers across processes and restarts; the last second may be lost in a crash. Raises: Unavailable."""

    async def meet(self, encounter: Encounter, rules: Rules, now: float) -> Welcome:
        """Remember the encounter and say whether the sender is known.

        Known is who came back after being asked to; every sender of the same domain in the same network from then on; and whom the
        recipient has written to.
        """
        ...

    async def written(self, author: str, correspondents: list[str], now: float) -> None:
        """Remember that an address of ours has written to others: they are welcome to answer."""
        ...
