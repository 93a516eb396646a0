"""Columns of a mailbox in memory: parallel arrays that grow at their end and lose rows anywhere, in place.

Growing costs what is added. Losing a few rows moves octets and makes no object; losing many, scattered, is one pass over all.
"""

from array import array
from collections.abc import Sequence
from itertools import compress
from typing import Final

RUNS: Final = 256
"""So many stretches of rows are cut out one by one; more are left out in one pass."""


class Columns:
    """UIDs, ascending, with flags and modification sequence of each. Whoever holds one across an ``await`` copies it first."""

    __slots__ = ("flags", "mod_sequences", "uids")

    def __init__(self) -> None:
        self.uids = array("I")
        self.flags = bytearray()
        self.mod_sequences = array("Q")

    def __len__(self) -> int:
        """Rows."""
        return len(self.uids)

    def extend(self, uids: Sequence[int], flags: Sequence[int], mod_sequences: Sequence[int]) -> None:
        """Add rows, whose UIDs are above all others."""
        self.uids.extend(uids)
        self.flags.extend(flags)
        self.mod_sequences.extend(mod_sequences)

    def remove(self, positions: Sequence[int]) -> None:
        """Take rows out; ``positions`` ascend, each once."""
        runs = _runs(positions)
        if len(runs) <= RUNS:
            for start, end in reversed(runs):
                del self.uids[start:end], self.flags[start:end], self.mod_sequences[start:end]
            return
        keep = bytearray(b"\x01") * len(self.uids)
        for position in positions:
            keep[position] = 0
        self.uids = array("I", compress(self.uids, keep))
        self.flags = bytearray(compress(self.flags, keep))
        self.mod_sequences = array("Q", compress(self.mod_sequences, keep))


def _runs(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Join positions that lie side by side into stretches, ends exclusive."""
    if isinstance(positions, range):
        return [(positions.start, positions.stop)]
    runs: list[tuple[int, int]] = []
    for position in positions:
        if runs and runs[-1][1] == position:
            runs[-1] = runs[-1][0], position + 1
        else:
            runs.append((position, position + 1))
    return runs
