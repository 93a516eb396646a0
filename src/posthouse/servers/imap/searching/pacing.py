"""Work that takes longer than others should wait is done in turns."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")
TURN_SECONDS: Final = 0.003
SORTED_AT_ONCE: Final = 8_192
"""Items sorted in one turn."""
_STRIDE: Final = 1_024
"""Items spread in one."""
_SAMPLE: Final = 16
"""Items looked at for each boundary between portions."""


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


async def sort_in_turns(
    items: list[T], key: Callable[[T], Any], *, reverse: bool = False, at_once: int = SORTED_AT_ONCE
) -> list[T]:
    """Sort as ``sorted`` does. Many items are first spread over portions, by boundaries that a sample gives."""
    if len(items) <= at_once:
        return sorted(items, key=key, reverse=reverse)
    portions = len(items) // (at_once // 4) + 1
    sample = sorted(map(key, items[:: max(1, len(items) // (portions * _SAMPLE))]))
    boundaries = sample[_SAMPLE::_SAMPLE]
    spread: list[list[T]] = [[] for _ in range(len(boundaries) + 1)]
    pace = Pace()
    for start in range(0, len(items), _STRIDE):
        for item in items[start : start + _STRIDE]:
            spread[bisect_left(boundaries, key(item))].append(item)
        await pace.step()
    done: list[T] = []
    for portion in reversed(spread) if reverse else spread:
        portion.sort(key=key, reverse=reverse)
        done += portion
        await pace.step()
    return done
