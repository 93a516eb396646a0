"""The limiter as the workers see it: one request to the keeper per decision, with a budget of 20 ms (port ``Limiter``)."""

import msgspec

from posthouse.adapters.rpc.client import Neighbour
from posthouse.foundation.errors import Unavailable
from posthouse.ports.limiter import Decision, Window

BUDGET_SECONDS = 0.02
_PACK = msgspec.msgpack.Encoder().encode
_DECISION = msgspec.msgpack.Decoder(Decision)


class RemoteLimiter:
    """Asks the keeper; where it does not answer in time, the rule's default decides."""

    def __init__(self, keeper: Neighbour) -> None:
        self._keeper = keeper

    async def take(self, rule: str, key: str, window: Window, *, fail_open: bool = True) -> Decision:
        """Count an event."""
        try:
            answer = await self._keeper.call("limiter.take", _PACK([rule, key, window, fail_open]), seconds=BUDGET_SECONDS)
        except Unavailable:
            return Decision(allowed=fail_open, retry_after=0.0 if fail_open else 1.0)
        return _DECISION.decode(answer)

    async def leave(self, rule: str, key: str) -> None:
        """End an event of a gauge; the keeper ends those of a dead worker by itself."""
        self._keeper.notify("limiter.leave", _PACK([rule, key]))
