"""One page of messages while it is being answered: columns from the store, flags from the shared arrays."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from posthouse.formats.mime.part import Part, decode
from posthouse.formats.mime.scanner import scan
from posthouse.ports.account_store import FLAGS, KEYWORDS, OCTETS
from posthouse.protocols.imap.projections.registry import PROJECTIONS, STRUCTURE
from posthouse.servers.imap.fetching.memory import Memory
from posthouse.servers.imap.flags import TEXTS, to_wire
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.services.mail import Mail


class Page:
    """Some messages, ascending by UID, of which the client knows all."""

    __slots__ = ("_columns", "_octets", "known", "mail", "memory", "numbers", "questions", "selected", "uids")

    def __init__(self, mail: Mail, selected: Selected, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        self.memory: Memory | None = None
        """Where answers may be kept."""
        self.questions: Collection[bytes] = ()
        """Whose."""
        self.known: Mapping[bytes, Mapping[int, bytes]] = {}
        """Answers that were kept, to questions whose columns are not here therefore."""
        self.mail = mail
        self.selected = selected
        transposed = list(zip(*rows, strict=True))
        self.uids: Sequence[int] = transposed[0]
        self.numbers = selected.numbers(self.uids)
        self._columns: dict[str, list[Any]] = {name: list(values) for name, values in zip(columns, transposed[1:], strict=True)}
        self._octets: dict[int, bytes] = {}
        """By index: messages that had to be read whole."""

    def __len__(self) -> int:
        """Messages."""
        return len(self.uids)

    def column(self, name: str) -> list[Any]:
        """Values of a column, one for each message."""
        return self._columns[name]

    async def projection(self, name: str) -> list[bytes]:
        """Values of a projection; what the store has not made yet is made now."""
        values = self._columns[name]
        if None in values:
            for index, value in enumerate(values):
                if value is None:
                    octets = await self.octets(index)
                    values[index] = PROJECTIONS[name](octets, scan(octets))
        return values

    async def structure(self, index: int) -> Part:
        """The tree of parts of one message."""
        return decode((await self.projection(STRUCTURE))[index])

    async def octets(self, index: int) -> bytes:
        """One whole message; only for those of which all is needed."""
        held = self._columns.get(OCTETS)
        if held is not None and held[index] is not None:
            octets: bytes = held[index]
            return octets
        if index not in self._octets:
            self._octets = {index: await self.mail.read(self.selected.mailbox_id, self.uids[index])}
        return self._octets[index]

    async def span(self, index: int, start: int, end: int) -> bytes:
        """Octets ``start`` to ``end`` of one message."""
        held = self._columns.get(OCTETS)
        if held is not None and held[index] is not None:
            octets: bytes = held[index][start:end]
            return octets
        if index in self._octets:
            return self._octets[index][start:end]
        return await self.mail.read(self.selected.mailbox_id, self.uids[index], start, end - start)

    async def flags(self) -> list[bytes]:
        """Flags of each message as they stand between the parentheses."""
        view = self.selected.view
        start = bisect_left(view.uids, self.uids[0])
        end = start + len(self.uids)
        if end <= len(view.uids) and tuple(view.uids[start:end]) == self.uids:
            if not view.keywords and not self.selected.is_recent(self.uids[-1]):
                return [TEXTS[bits] for bits in view.flags[start:end]]
        elif any(view.position(uid) is None for uid in self.uids):
            return await self._flags_of_gone()
        return [self.selected.flags_text(uid) for uid in self.uids]

    def mod_sequences(self) -> Sequence[int]:
        """Modification sequence of each message."""
        view = self.selected.view
        start = bisect_left(view.uids, self.uids[0])
        end = start + len(self.uids)
        if end <= len(view.uids) and tuple(view.uids[start:end]) == self.uids:
            return view.mod_sequences[start:end]
        return [self.selected.mod_sequence(uid) for uid in self.uids]

    async def _flags_of_gone(self) -> list[bytes]:
        """Flags where some messages are gone and the client has not been told: those had the flags the store remembers."""
        gone = [uid for uid in self.uids if self.selected.view.position(uid) is None]
        remembered: dict[int, bytes] = {}
        start = 0
        while start < len(gone):
            page = await self.mail.fetch(self.selected.mailbox_id, gone, [FLAGS, KEYWORDS], start)
            remembered.update({uid: to_wire(bits, keywords) for uid, bits, keywords in page.rows})
            start = page.next_index
        return [remembered.get(uid) or self.selected.flags_text(uid) for uid in self.uids]
