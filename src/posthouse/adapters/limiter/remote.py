"""The limiter as the workers see it: one request to the keeper per decision, with a budget of 20 ms (port ``Limiter``)."""

import asyncio

from posthouse.adapters.limiter.shared import SharedCounters
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.limiter import Decision, Window

BUDGET_SECONDS = 0.02


class RemoteLimiter:
    """Asks the keeper; where it does not answer in time, the rule's default decides."""

    def __init__(self, keeper: Neighbour, holder: str) -> None:
        self._shared = remote("limiter", SharedCounters, keeper)  # type: ignore[type-abstract]
        self._holder = holder

    async def begin(self) -> None:
        """Say that this process starts: what its predecessor held is free. Raises: Unavailable."""
        await self._shared.forget(self._holder)

    async def take(self, rule: str, key: str, window: Window, *, fail_open: bool = True) -> Decision:
        """Count an event."""
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                return await self._shared.take(self._holder, rule, key, window)
        except (TimeoutError, PosthouseError):
            return Decision(allowed=fail_open, retry_after=0.0 if fail_open else 1.0)

    async def leave(self, rule: str, key: str) -> None:
        """End an event of a gauge; a keeper that is away has forgotten it anyway."""
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                await self._shared.leave(self._holder, rule, key)
        except (TimeoutError, PosthouseError):
            return

    async def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window; a keeper that is away has forgotten it anyway."""
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                await self._shared.forgive(rule, key)
        except (TimeoutError, PosthouseError):
            return
