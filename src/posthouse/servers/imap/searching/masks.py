"""Sets of messages as numbers: one octet, 0 or 1, for each row. Whole mailboxes are joined and parted by one operation.

What flags and numbers in memory tell is told here, of all messages at once.
"""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Final

from posthouse.protocols.imap.commands.search.keys import Flag, Messages, ModSequence
from posthouse.protocols.imap.grammar.flag import RECENT
from posthouse.servers.imap.flags import BITS
from posthouse.servers.imap.searching.rows import Rows

_HAS: Final = {bit: bytes([bool(bits & bit) for bits in range(256)]) for bit in BITS.values()}
"""Tables from the bits of a message to whether it has a flag."""
_FEW: Final = 16
"""One in so many messages is looked up by itself; more are found by going through all."""


class Masks:
    """Makes masks over some rows."""

    __slots__ = ("_bits", "_rows", "everything")

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._bits: bytes | None = None
        self.everything = number(b"\x01" * len(rows))

    def uids(self, mask: int) -> list[int]:
        """UIDs of the messages in a mask, ascending."""
        octets, uids = self.octets(mask), self._rows.uids
        if octets.count(1) * _FEW > len(octets):
            return list(compress(uids, octets))
        found = []
        row = octets.find(1)
        while row >= 0:
            found.append(uids[row])
            row = octets.find(1, row + 1)
        return found

    def octets(self, mask: int) -> bytes:
        """A mask by row."""
        return mask.to_bytes(len(self._rows), "little")

    def of_uids(self, uids: Iterable[int]) -> int:
        """The mask of these messages; those that are not here are passed over."""
        uids = list(uids)
        if len(uids) * _FEW > len(self._rows):
            chosen = frozenset(uids)
            return number(bytes([uid in chosen for uid in self._rows.uids]))
        mask = bytearray(len(self._rows))
        for uid in uids:
            row = self._rows.row(uid)
            if row is not None:
                mask[row] = 1
        return number(mask)

    def messages(self, key: Messages) -> int:
        """Messages by number or UID. Raises: Bad for a number above that of the last message."""
        rows, selected = self._rows, self._rows.selected
        if key.messages.is_saved or not key.uid:
            return self._of_chosen(selected.chosen(key.messages, uid=key.uid))
        mask = bytearray(len(rows))
        for low, high in key.messages.resolved(rows.uids[-1] if rows.uids else 0):
            start, end = rows.span(low, high)
            mask[start:end] = b"\x01" * (end - start)
        return number(mask)

    def flag(self, key: Flag) -> int:
        """Messages that have a flag, or have it not."""
        mask = self._flag(key.flag)
        return mask if key.present else self.everything ^ mask

    def mod_sequence(self, key: ModSequence) -> int:
        """Messages changed at a modification sequence or later."""
        return number(bytes([value >= key.least for value in self._rows.mod_sequences()]))

    def _of_chosen(self, uids: Sequence[int]) -> int:
        if uids and len(uids) == len(self._rows):
            return self.everything
        return self.of_uids(uids)

    def _flag(self, name: str) -> int:
        selected = self._rows.selected
        if name == RECENT:
            recent = 0 if selected.modes.rev2 else selected.recent_count
            return number(bytes(len(self._rows) - recent) + b"\x01" * recent)
        if name not in BITS:
            return self._keyword(name.lower())
        if self._bits is None:
            self._bits = selected.bits()
        return number(self._bits.translate(_HAS[BITS[name]]))

    def _keyword(self, name: str) -> int:
        keywords = self._rows.selected.view.keywords
        return self.of_uids([uid for uid, text in keywords.items() if name in text.lower().split()])


def number(octets: bytes | bytearray) -> int:
    """The mask whose rows these are."""
    return int.from_bytes(octets, "little")
