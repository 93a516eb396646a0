"""The messages a search is about, as its client knows them: rows in the order of UIDs; a row and one is a message number."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Final

from posthouse.ports.account_store import RECEIVED_AT, SAVED_AT, SIZE
from posthouse.protocols.imap.projections.registry import PROJECTIONS
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.services.mail import Mail

_UNKNOWN: Final[dict[str, Any]] = {RECEIVED_AT: 0.0, SAVED_AT: 0.0, SIZE: 0}
"""Values of messages that nobody remembers any more, though the client has not been told; projections of those are empty."""


class Rows:
    """All messages of the selected mailbox at one moment; they stay the same while a command is served."""

    __slots__ = ("mail", "selected", "uids")

    def __init__(self, mail: Mail, selected: Selected) -> None:
        self.mail = mail
        self.selected = selected
        self.uids: array[int] = selected.uids

    def __len__(self) -> int:
        """Messages."""
        return len(self.uids)

    def span(self, low: int, high: int) -> tuple[int, int]:
        """Rows of the UIDs ``low`` to ``high``, both included: the first, and the one after the last."""
        return bisect_left(self.uids, low), bisect_right(self.uids, high)

    def row(self, uid: int) -> int | None:
        """Row of a message, None where it is not here."""
        row = bisect_left(self.uids, uid)
        return row if row < len(self.uids) and self.uids[row] == uid else None

    def kept(self, uids: "array[int]") -> bytes:
        """For each of ``uids`` (ascending) 1 if it is here, else 0."""
        here = set(self.uids)
        return bytes([uid in here for uid in uids])

    def mod_sequences(self) -> Sequence[int]:
        """Modification sequence of each message."""
        selected, view = self.selected, self.selected.view
        if view.uids[: len(self.uids)] == self.uids:
            return view.mod_sequences[: len(self.uids)]
        return [selected.mod_sequence(uid) for uid in self.uids]

    async def values(self, column: str, uids: Sequence[int]) -> list[Any]:
        """Values of a column of the store, one for each of ``uids``."""
        found: list[Any] = []
        start = 0
        while start < len(uids):
            page = await self.mail.fetch(self.selected.mailbox_id, uids, [column], start)
            values = await self._page(column, page.rows)
            asked = uids[start : page.next_index]
            if len(values) < len(asked):
                known = dict(zip([row[0] for row in page.rows], values, strict=True))
                nothing = _UNKNOWN.get(column, b"")
                values = [known.get(uid, nothing) for uid in asked]
            found += values
            start = page.next_index
        return found

    async def _page(self, column: str, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Values of one page, with projections made that the store has not made yet."""
        values = [row[1] for row in rows]
        if column in PROJECTIONS and None in values:
            return await Page(self.mail, self.selected, [column], rows).projection(column)
        return values
