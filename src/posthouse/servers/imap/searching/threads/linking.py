"""Who answers whom (RFC 5256 §3, step 1 of REFERENCES), and where messages that are not here are passed over (step 3).

A *container* is a message, or the place of one that others refer to and that is not here.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

from posthouse.servers.imap.searching.pacing import Pace

ABSENT: Final = -1
_NONE: Final = -1
_STRIDE: Final = 256
"""Messages between two looks at the clock."""
_STEPS: Final = 32
"""How many steps upwards are taken for each message, in the mean, in search of loops; whoever makes more of them gets no links."""


class Links:
    """Containers and their parents."""

    __slots__ = ("_by_id", "_groups", "_steps", "parents", "rows")

    def __init__(self) -> None:
        self.rows: list[int] = []
        """By container its message's row, ``ABSENT`` where it has none."""
        self.parents: list[int] = []
        """By container the container above it, -1 for none."""
        self._groups: list[int] = []
        """By container one that it has been connected with: two with no such chain to a common one are not connected."""
        self._by_id: dict[int, int] = {}
        self._steps = 0

    def add(self, row: int, own: int, named: Sequence[int]) -> None:
        """Take in a message with its id (0 for none) and those it refers to, oldest first."""
        self._steps += _STEPS
        above = _NONE
        for name in named:
            container = self._by_id.get(name)
            if container is None:
                container = self._by_id[name] = self._new(ABSENT)
            if above != _NONE and self.parents[container] == _NONE:
                self._connect(above, container)
            above = container
        container = self._container(row, own)
        if self.parents[container] != above:
            self.parents[container] = _NONE
            if above != _NONE:
                self._connect(above, container)

    def _container(self, row: int, own: int) -> int:
        """The container of a message; one whose id was taken by another before it is treated as if it had none."""
        container = self._by_id.get(own) if own else None
        if container is None:
            container = self._new(row)
            if own:
                self._by_id[own] = container
        elif self.rows[container] == ABSENT:
            self.rows[container] = row
        else:
            container = self._new(row)
        return container

    def _new(self, row: int) -> int:
        self.rows.append(row)
        self.parents.append(_NONE)
        self._groups.append(len(self._groups))
        return len(self.rows) - 1

    def _connect(self, above: int, below: int) -> None:
        """Put ``below``, which has no parent, under ``above``, unless that makes a loop."""
        one, other = self._group(above), self._group(below)
        if one == other and self._is_above(below, above):
            return
        self._groups[other] = one
        self.parents[below] = above

    def _group(self, container: int) -> int:
        groups = self._groups
        while groups[container] != container:
            groups[container] = container = groups[groups[container]]
        return container

    def _is_above(self, container: int, other: int) -> bool:
        """Whether ``container`` is ``other`` or somewhere above it; also where that took too long to find out."""
        parents = self.parents
        while other != _NONE:
            if other == container or self._steps <= 0:
                return True
            other = parents[other]
            self._steps -= 1
        return False


class Trees:
    """Messages by row under messages that are here."""

    __slots__ = ("heads", "parents")

    def __init__(self, count: int) -> None:
        self.parents = array("l", [ABSENT]) * count
        """By row the row of the message above it."""
        self.heads: dict[int, list[int]] = {}
        """Messages with none above them, by the container they all lie under."""


async def linked(references: Iterable[tuple[int, bytes]]) -> Links:
    """Do step 1 for messages, each given by its row and ``projections.summary.references``, in their order."""
    links, pace = Links(), Pace()
    for count, (row, octets) in enumerate(references):
        own, *named = array("q", octets[1:]) if octets else (0,)
        links.add(row, own, named)
        if not count % _STRIDE:
            await pace.step()
    return links


async def pruned(links: Links, count: int) -> Trees:
    """Do steps 2 and 3: containers without a message go, and what was under them moves up, but not so that strangers meet."""
    trees, pace = Trees(count), Pace()
    tops: dict[int, int] = {}
    for container, row in enumerate(links.rows):
        if row == ABSENT:
            continue
        top = _nearest(links, container, tops)
        if links.rows[top] == ABSENT or top == container:
            trees.heads.setdefault(top, []).append(row)
        else:
            trees.parents[row] = links.rows[top]
        if not container % _STRIDE:
            await pace.step()
    return trees


def _nearest(links: Links, container: int, known: dict[int, int]) -> int:
    """The nearest container above that has a message; where there is none the topmost, which may be ``container`` itself."""
    passed: list[int] = []
    rows, parents = links.rows, links.parents
    above = parents[container]
    while above != _NONE and rows[above] == ABSENT and above not in known:
        passed.append(above)
        above = parents[above]
    if above == _NONE:
        above = passed[-1] if passed else container
    elif rows[above] == ABSENT:
        above = known[above]
    known.update(dict.fromkeys(passed, above))
    return above
