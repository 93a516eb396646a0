"""Numbers and ranges to sequence sets as short as they can be."""

from collections.abc import Iterable, Sequence


def compact(numbers: Sequence[int]) -> bytes:
    """Write ascending numbers, each once, as ``1:3,5,9:12``; no numbers give nothing."""
    if not numbers:
        return b""
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return _range(numbers[0], numbers[-1])
    runs: list[bytes] = []
    start = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            runs.append(_range(start, last))
            start = number
        last = number
    runs.append(_range(start, last))
    return b",".join(runs)


def compact_ranges(ranges: Iterable[tuple[int, int]]) -> bytes:
    """Write inclusive ranges that neither touch nor overlap."""
    return b",".join([_range(first, last) for first, last in ranges])


def _range(first: int, last: int) -> bytes:
    return b"%d" % first if first == last else b"%d:%d" % (first, last)
