"""Work that takes longer than others should wait is done in turns."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

TURN_SECONDS: Final = 0.003
SORTED_AT_ONCE: Final = 8_192
"""Keys sorted in one turn."""
_SAMPLE: Final = 16
"""Keys looked at for each boundary between portions."""


class Pace:
    """Lets others have a turn now and then."""

    __slots__ = ("_loop", "_until")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + TURN_SECONDS

    async def step(self) -> None:
        """Between two steps, each well under a millisecond."""
        if self._loop.time() >= self._until:
            await asyncio.sleep(0)
            self._until = self._loop.time() + TURN_SECONDS


async def sort_in_turns(keys: Iterable[bytes], at_once: int = SORTED_AT_ONCE) -> list[bytes]:
    """Sort as ``sorted`` does. Many keys are first spread over portions, by boundaries that a sample gives."""
    waiting = list(keys)
    if len(waiting) <= at_once:
        return sorted(waiting)
    portions = len(waiting) // (at_once // 4) + 1
    sample = sorted(waiting[:: max(1, len(waiting) // (portions * _SAMPLE))])
    boundaries = sample[_SAMPLE::_SAMPLE]
    spread: list[list[bytes]] = [[] for _ in range(len(boundaries) + 1)]
    pace = Pace()
    for start in range(0, len(waiting), 1_024):
        for key in waiting[start : start + 1_024]:
            spread[bisect_left(boundaries, key)].append(key)
        await pace.step()
    waiting.clear()
    for portion in spread:
        portion.sort()
        waiting += portion
        await pace.step()
    return waiting
