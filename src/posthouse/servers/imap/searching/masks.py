"""Search keys that flags and numbers answer, all messages at once: a mask is a number with one octet, 0 or 1, for each message."""

from functools import reduce
from itertools import compress
from operator import and_
from typing import Final

from posthouse.protocols.imap.commands.search.keys import All, And, Flag, Messages, Not, Or, SearchKey
from posthouse.protocols.imap.grammar.flag import RECENT
from posthouse.servers.imap.flags import BITS
from posthouse.servers.imap.mailbox.selected import Selected

_HAS: Final = {bit: bytes([bool(bits & bit) for bits in range(256)]) for bit in BITS.values()}
"""Tables from the bits of a message to whether it has a flag."""


class Masks:
    """Evaluates keys over the messages one client knows."""

    __slots__ = ("_all", "_bits", "_selected")

    def __init__(self, selected: Selected) -> None:
        self._selected = selected
        self._all = _number(b"\x01" * len(selected.uids))
        self._bits: bytes | bytearray | None = None

    def mask(self, key: SearchKey) -> int:
        """Evaluate a key that needs no column (``predicates.columns_of`` is empty)."""
        if isinstance(key, All):
            return self._all
        if isinstance(key, Messages):
            return self._messages(key)
        if isinstance(key, Flag):
            return self._flag(key.flag) if key.present else self._all ^ self._flag(key.flag)
        if isinstance(key, Not):
            return self._all ^ self.mask(key.key)
        if isinstance(key, Or):
            return self.mask(key.left) | self.mask(key.right)
        if isinstance(key, And):
            return self.all_of(list(key.keys))
        raise TypeError(f"{type(key).__name__} needs a column")

    def all_of(self, keys: list[SearchKey]) -> int:
        """Evaluate keys all of which must match; no keys match everything."""
        return reduce(and_, map(self.mask, keys), self._all)

    def uids(self, mask: int) -> list[int]:
        """UIDs of the messages in a mask, ascending."""
        uids = self._selected.uids
        return list(compress(uids, mask.to_bytes(len(uids), "little")))

    def _messages(self, key: Messages) -> int:
        chosen = self._selected.chosen(key.messages, uid=key.uid)
        mask = bytearray(len(self._selected.uids))
        for number in self._selected.numbers(chosen):
            mask[number - 1] = 1
        return _number(mask)

    def _flag(self, name: str) -> int:
        if name == RECENT:
            recent = 0 if self._selected.rev2 else self._selected.recent_count
            return _number(bytes(len(self._selected.uids) - recent) + b"\x01" * recent)
        if name in BITS:
            if self._bits is None:
                self._bits = self._selected.bits()
            return _number(self._bits.translate(_HAS[BITS[name]]))
        return self._keyword(name.lower())

    def _keyword(self, name: str) -> int:
        mask = bytearray(len(self._selected.uids))
        for uid, keywords in self._selected.view.keywords.items():
            if name in keywords.lower().split() and (number := self._selected.number(uid)) is not None:
                mask[number - 1] = 1
        return _number(mask)


def _number(octets: bytes | bytearray) -> int:
    return int.from_bytes(octets, "little")
