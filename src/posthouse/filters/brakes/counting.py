"""Sliding windows over counts: how much lies in one, and when enough has left it. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

FINE_SECONDS: Final = 10
COARSE_SECONDS: Final = 900
"""Events are counted in slots of these lengths."""
MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
WINDOWS: Final = {
    "minute": (MINUTE, FINE_SECONDS),
    "hour": (HOUR, FINE_SECONDS),
    "day": (DAY, COARSE_SECONDS),
    "new": (DAY, COARSE_SECONDS),
}
"""Length of each window, and of the slots it is read from; ``new`` counts first-time recipients, the others all."""


class Slot(msgspec.Struct, frozen=True):
    """Events of one slot; ``begin`` in seconds since 1970."""

    begin: int
    count: int


def slot_begin(now: float, seconds: int) -> int:
    """The slot a moment lies in."""
    return int(now // seconds) * seconds


def used(slots: Sequence[Slot], window_seconds: float, now: float) -> int:
    """Events in the window that ends now; those of a slot on its edge count as inside."""
    return sum(slot.count for slot in _inside(slots, window_seconds, now))


def frees_at(slots: Sequence[Slot], window: tuple[float, int], most: int, wanted: int, now: float) -> float:
    """When there is room for ``wanted`` more of ``most``: now where there is, the end of the window where there never is.

    ``window`` is its length and that of its slots; slots ascend.
    """
    seconds, slot_seconds = window
    if wanted > most:
        return now + seconds
    inside = _inside(slots, seconds, now)
    total = sum(slot.count for slot in inside)
    moment = now
    for slot in inside:
        if total + wanted <= most:
            break
        total -= slot.count
        moment = slot.begin + slot_seconds + seconds
    return moment


def _inside(slots: Sequence[Slot], window_seconds: float, now: float) -> list[Slot]:
    return [slot for slot in slots if slot.begin > now - window_seconds]
