"""Threading by subject alone (RFC 5256 §3, ORDEREDSUBJECT): whoever has the same base subject answers the first who had it."""

from collections.abc import Sequence

from posthouse.servers.imap.searching.threads.forest import Forest, Thread


def by_subject(rows: Sequence[int], subjects: Sequence[int], moments: Sequence[float]) -> Forest:
    """Thread the messages of ``rows`` (ascending) by ranks of base subjects and the moments they were sent, by row."""
    threads: dict[int, list[int]] = {}
    for row in sorted(rows, key=moments.__getitem__):
        threads.setdefault(subjects[row], []).append(row)
    return Forest([Thread(found[0], found[1:]) for found in threads.values()], {})
