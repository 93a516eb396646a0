"""Messages named by UIDs, as an SQL condition with two bindings, whatever they are."""

from collections.abc import Sequence
from typing import Final, NamedTuple

HIGHEST: Final = (1 << 63) - 1


class Selection(NamedTuple):
    """A condition on ``uid`` that asks ``$3`` and ``$4``, and what to bind there."""

    condition: str
    bindings: tuple[object, object]

    def on(self, column: str) -> str:
        """The condition on a column of another name."""
        return self.condition.replace("uid", column)


EVERYTHING: Final = Selection("uid BETWEEN $3::bigint AND $4::bigint", (1, HIGHEST))


def select_uids(uids: Sequence[int]) -> Selection:
    """Make the condition that a UID is one of ``uids`` (ascending): a range, or a list where they are scattered."""
    if uids and uids[-1] - uids[0] == len(uids) - 1:
        return Selection(EVERYTHING.condition, (uids[0], uids[-1]))
    return Selection("(uid = ANY($3::bigint[]) AND uid <= $4::bigint)", (list(uids), uids[-1] if uids else 0))
