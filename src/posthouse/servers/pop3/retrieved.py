"""Which messages POP3 programs have taken, and on which day: what ``pop3.expire_days`` is reckoned from.

The last retrieval counts, so that a second program that comes later has its time too. Only days within the period are kept, and
UIDs as runs: programs take what is new, which follows each other. What does not fit any more is not remembered, and its messages
are kept for longer rather than removed too early.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

OCTETS: Final = 60_000
"""The most that is kept for one mailbox."""
DAY_SECONDS: Final = 86_400
_DAYS: Final = msgspec.json.Decoder(dict[int, list[int]])


class Retrieved:
    """UIDs by the day (since 1970) of their last retrieval."""

    __slots__ = ("_days",)

    def __init__(self, stored: bytes | None = None) -> None:
        """Read what ``octets`` wrote; what cannot be read counts as nothing."""
        self._days: dict[int, set[int]] = {}
        try:
            kept = _DAYS.decode(stored or b"{}")
        except msgspec.DecodeError:
            return
        self._days = {day: set(_unpacked(runs)) for day, runs in kept.items()}

    def add(self, uids: Iterable[int], day: int) -> None:
        """Note a retrieval."""
        some = set(uids)
        for known in self._days.values():
            known.difference_update(some)
        self._days.setdefault(day, set()).update(some)

    def keep(self, wanted: Callable[[int], bool]) -> None:
        """Forget all messages but these."""
        self._days = {day: set(filter(wanted, known)) for day, known in self._days.items()}

    def until(self, day: int) -> set[int]:
        """UIDs last retrieved on that day or before it."""
        return {uid for known_day, uids in self._days.items() if known_day <= day for uid in uids}

    def octets(self) -> bytes | None:
        """What is to be kept, the newest left out where it is too much; None for nothing."""
        packed: dict[int, list[int]] = {}
        for day in sorted(self._days):
            if runs := _packed(self._days[day]):
                packed[day] = runs
        while packed and len(octets := msgspec.json.encode(packed)) > OCTETS:
            packed.popitem()
        return octets if packed else None


def _packed(uids: Iterable[int]) -> list[int]:
    """Runs, as first and last UID in turn."""
    runs: list[int] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1] + 1:
            runs[-1] = uid
        else:
            runs += (uid, uid)
    return runs


def _unpacked(runs: list[int]) -> Iterator[int]:
    for first, last in zip(runs[::2], runs[1::2], strict=False):
        yield from range(first, last + 1)
