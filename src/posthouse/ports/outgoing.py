"""What accounts have sent lately, across processes and restarts."""

from typing import Protocol

from posthouse.foundation.ids import AccountId


class Outgoing(Protocol):
    """Counts; the last second may be lost in a crash of the machine. All verbs raise Unavailable."""

    async def reply(self, account: AccountId, correspondent: str, most: int, now: float) -> bool:
        """Count a reply by itself to a correspondent (the key of an address); False when there have been ``most`` in 24 hours."""
        ...
