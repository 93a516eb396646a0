"""Threading by references (RFC 5256 §3, REFERENCES), in the steps of the RFC, on rows instead of objects.

Time grows with the messages and what they refer to, whatever they say; nothing recurses.
"""

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

from posthouse.servers.imap.searching.pacing import Pace, sort_in_turns
from posthouse.servers.imap.searching.threads.forest import Forest, Thread
from posthouse.servers.imap.searching.threads.linking import ABSENT, Trees, linked, pruned

_STRIDE: Final = 256
"""Messages between two looks at the clock."""

Answers = dict[int, list[int]]
"""By row the rows of its answers, in order."""


class Sources(NamedTuple):
    """What is looked at, by row."""

    references: Sequence[bytes]
    """What ``projections.summary.references`` writes; may be empty for rows that are not threaded."""
    subjects: Sequence[int]
    """Ranks of base subjects; 0 for none."""
    moments: Sequence[float]
    """When messages were sent."""


async def by_references(rows: Sequence[int], sources: Sources) -> Forest:
    """Thread the messages of ``rows`` (ascending)."""
    links = await linked((row, sources.references[row]) for row in rows)
    trees = await pruned(links, len(sources.references))
    by_moment = await sort_in_turns(list(rows), sources.moments.__getitem__)
    order = array("I", bytes(4 * len(sources.references)))
    for place, row in enumerate(by_moment):
        order[row] = place
    answers = await _answers(by_moment, trees)
    gathering = _Gathering(await _tops(trees, order), answers, sources)
    for work in (gathering.choose, gathering.place):
        pace = Pace()
        for count, top in enumerate(gathering.tops):
            work(top)
            if not count % _STRIDE:
                await pace.step()
    return await _forest(gathering, order)


_NO_ANSWERS: Final[list[int]] = []
"""Those of a message that is here: ``Answers`` has them."""


class _Top:
    """A thread while threads are gathered by subject. One without a head is a dummy, which has answers in its place."""

    __slots__ = ("answers", "head", "is_placed")

    def __init__(self, head: int | None, answers: list[int]) -> None:
        self.head = head
        self.answers = answers
        self.is_placed = False
        """It lies under another thread."""

    @property
    def first(self) -> int:
        """Row of the message that stands for the thread."""
        return self.answers[0] if self.head is None else self.head


async def _answers(by_moment: Sequence[int], trees: Trees) -> Answers:
    """Do step 6 for all but the heads: answers in the order in which they were sent."""
    answers: Answers = {}
    parents, pace = trees.parents, Pace()
    for count, row in enumerate(by_moment):
        if parents[row] != ABSENT:
            answers.setdefault(parents[row], []).append(row)
        if not count % _STRIDE:
            await pace.step()
    return answers


async def _tops(trees: Trees, order: Sequence[int]) -> list[_Top]:
    """Do step 4: threads by the moment of their first message, those of a dummy sorted before."""
    tops, pace = [], Pace()
    for count, heads in enumerate(trees.heads.values()):
        if len(heads) == 1:
            tops.append(_Top(heads[0], _NO_ANSWERS))
        else:
            heads.sort(key=order.__getitem__)
            tops.append(_Top(None, heads))
        if not count % _STRIDE:
            await pace.step()
    return await sort_in_turns(tops, lambda top: order[top.first])


class _Gathering:
    """Step 5: threads with the same base subject become one."""

    def __init__(self, tops: list[_Top], answers: Answers, sources: Sources) -> None:
        self.tops = tops
        self.made: list[_Top] = []
        """Dummies made on the way."""
        self.answers = answers
        self.touched: set[int] = set()
        """Rows whose answers are no longer in order."""
        self._sources = sources
        self._chosen: dict[int, _Top] = {}
        """By subject the thread that stands for it."""

    def choose(self, top: _Top) -> None:
        """Let a thread stand for its subject, unless another does so better (step 5.B)."""
        subject = self._sources.subjects[top.first]
        if subject and ((other := self._chosen.get(subject)) is None or self._is_better(top, other)):
            self._chosen[subject] = top

    def place(self, top: _Top) -> None:
        """Put a thread where it belongs, once all have been chosen from (step 5.C)."""
        subject = self._sources.subjects[top.first]
        other = self._chosen.get(subject, top) if subject else top
        if other is top or top.is_placed:
            return
        top.is_placed = True
        if other.head is None:
            other.answers += top.answers if top.head is None else [top.head]
        elif self._is_reply(top) and not self._is_reply(other):
            self.answers.setdefault(other.head, []).append(top.first)
            self.touched.add(other.head)
        else:
            other.is_placed = True
            self._chosen[subject] = _Top(None, [other.head, top.first])
            self.made.append(self._chosen[subject])

    def _is_better(self, top: _Top, other: _Top) -> bool:
        """Whether a thread stands for its subject rather than ``other`` (step 5.B): a dummy, or what is no reply."""
        if top.head is None or other.head is None:
            return top.head is None and other.head is not None
        return self._is_reply(other) and not self._is_reply(top)

    def _is_reply(self, top: _Top) -> bool:
        return self._sources.references[top.first][:1] == b"\x01"


async def _forest(gathering: _Gathering, order: Sequence[int]) -> Forest:
    """Do step 6 where subjects have brought messages together, and sort the threads anew."""
    answers = gathering.answers
    for row in gathering.touched:
        answers[row].sort(key=order.__getitem__)
    tops = [top for top in [*gathering.tops, *gathering.made] if not top.is_placed]
    for top in tops:
        if len(top.answers) > 1:
            top.answers.sort(key=order.__getitem__)
    threads, pace = list[Thread](), Pace()
    for count, top in enumerate(await sort_in_turns(tops, lambda top: order[top.first])):
        threads.append(Thread(top.head, top.answers if top.head is None else answers.get(top.head, ())))
        if not count % _STRIDE:
            await pace.step()
    return Forest(threads, answers)
