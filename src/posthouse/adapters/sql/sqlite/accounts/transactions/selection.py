"""Messages named by UIDs, as an SQL condition of bounded length."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

_RANGES = 8


class Selection(NamedTuple):
    """A condition on ``uid`` and its bindings."""

    condition: str
    bindings: tuple[object, ...]


def select_uids(uids: Sequence[int], column: str = "uid") -> Selection:
    """Make the condition that a UID is one of ``uids`` (ascending): a few ranges, or a JSON list where they are scattered."""
    ranges: list[tuple[int, int]] = []
    if uids and uids[-1] - uids[0] == len(uids) - 1:
        ranges = [(uids[0], uids[-1])]
    else:
        for uid in uids:
            if ranges and ranges[-1][1] == uid - 1:
                ranges[-1] = (ranges[-1][0], uid)
            elif len(ranges) == _RANGES:
                return Selection(f"{column} IN (SELECT value FROM json_each(?))", (msgspec.json.encode(list(uids)).decode(),))
            else:
                ranges.append((uid, uid))
    if not ranges:
        return Selection("0", ())
    condition = " OR ".join([f"{column} BETWEEN ? AND ?"] * len(ranges))
    return Selection(f"({condition})", tuple(number for pair in ranges for number in pair))
