"""Threading by subject alone (RFC 5256 §3, ORDEREDSUBJECT): whoever has the same base subject answers the first who had it."""

from collections.abc import Sequence
from typing import Final

from posthouse.servers.imap.searching.pacing import Pace, sort_in_turns
from posthouse.servers.imap.searching.threads.forest import Forest, Thread

_STRIDE: Final = 1_024
"""Messages between two looks at the clock."""


async def by_subject(rows: Sequence[int], subjects: Sequence[int], moments: Sequence[float]) -> Forest:
    """Thread the messages of ``rows`` (ascending) by ranks of base subjects and the moments they were sent, by row."""
    threads: dict[int, list[int]] = {}
    pace = Pace()
    for count, row in enumerate(await sort_in_turns(list(rows), moments.__getitem__)):
        threads.setdefault(subjects[row], []).append(row)
        if not count % _STRIDE:
            await pace.step()
    return Forest([Thread(found[0], found[1:]) for found in threads.values()], {})
