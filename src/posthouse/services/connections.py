"""Who may connect: so many at once, so many a minute, counted while nobody is signed in (capability A12).

An office behind one address is normal: a session that has signed in no longer counts for its address, and was none of those of a
minute. The counters are shared by
all workers through the limiter; the total is this worker's own. When the limiter is silent, connections are let in.
"""

from collections.abc import Coroutine
from typing import Any, Protocol

from posthouse.foundation.errors import LimitReached
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS, CONNECTIONS_PER_MINUTE, CONNECTIONS_TOTAL
from posthouse.ports.limiter import Limiter, Window
from posthouse.services.settings import Settings

AT_ONCE = "connections"
A_MINUTE = "connections-a-minute"


class Leave(Protocol):
    """Ends the counting of a connection for its address."""

    def __call__(self, *, signed_in: bool = False) -> Coroutine[Any, Any, None]:
        """The connection has closed, or somebody has signed in."""
        ...


class Connections:
    """Admits connections of one worker."""

    def __init__(self, limiter: Limiter, settings: Settings) -> None:
        self._limiter = limiter
        self._settings = settings
        self.open = 0

    @property
    def full(self) -> bool:
        """Whether this worker is at its limit: the next connection is accepted and told so."""
        return self.open >= self._settings[CONNECTIONS_TOTAL]

    @property
    def limited(self) -> bool:
        """Whether addresses are counted at all; when not, ``enter`` need not be awaited."""
        return self._settings[CONNECTIONS_LIMITED]

    async def enter(self, address: str) -> Leave:
        """Admit a connection that has not signed in; call what is returned once, when it signs in or closes.

        Raises: LimitReached, with words for the client.
        """
        per_minute = Window(self._settings[CONNECTIONS_PER_MINUTE], 60)
        decision = await self._limiter.take(A_MINUTE, address, per_minute)
        if not decision.allowed:
            raise LimitReached(f"too many connections from {address}: try again in {decision.retry_after:.0f} s")
        at_once = Window(self._settings[CONNECTIONS_PER_ADDRESS], 0)
        decision = await self._limiter.take(AT_ONCE, address, at_once)
        if not decision.allowed:
            raise LimitReached(f"too many connections from {address} at once")

        async def leave(*, signed_in: bool = False) -> None:
            await self._limiter.leave(AT_ONCE, address)
            if signed_in:
                await self._limiter.forgive(A_MINUTE, address)

        return leave
