"""Sets of UIDs as inclusive, ascending ranges: what VANISHED tells is reckoned here, at the cost of what is told."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

Ranges = Sequence[tuple[int, int]]
"""Inclusive ranges, ascending, that neither touch nor overlap."""


def runs(uids: Iterable[int]) -> list[tuple[int, int]]:
    """Join ascending UIDs into ranges."""
    found: list[tuple[int, int]] = []
    for uid in uids:
        if found and found[-1][1] == uid - 1:
            found[-1] = found[-1][0], uid
        else:
            found.append((uid, uid))
    return found


def contains(ranges: Ranges, number: int) -> bool:
    """Whether ``number`` is in one of the ranges."""
    position = bisect_right(ranges, number, key=lambda pair: pair[0]) - 1
    return position >= 0 and number <= ranges[position][1]


def above(ranges: Ranges, floor: int) -> list[tuple[int, int]]:
    """Leave out everything up to ``floor``."""
    return [(max(low, floor + 1), high) for low, high in ranges if high > floor]


def gaps(uids: "array[int]", ranges: Ranges) -> Iterator[tuple[int, int]]:
    """Find what of ``ranges`` is not among ``uids`` (ascending); long stretches without a gap are leapt over."""
    for start, end in ranges:
        low, position = start, bisect_left(uids, start)
        while low <= end and position < len(uids) and uids[position] <= end:
            if uids[position] > low:
                yield low, uids[position] - 1
            position = _end_of_stretch(uids, position)
            low = uids[position - 1] + 1
        if low <= end:
            yield low, end


def _end_of_stretch(uids: "array[int]", start: int) -> int:
    """Find where the UIDs that follow each other without a gap from ``start`` on end: exclusive, in steps that double."""
    offset = uids[start] - start
    step, end = 1, start + 1
    while end + step <= len(uids) and uids[end + step - 1] - (end + step - 1) == offset:
        end += step
        step *= 2
    return bisect_right(range(len(uids)), offset, end, min(end + step, len(uids)), key=lambda position: uids[position] - position)
