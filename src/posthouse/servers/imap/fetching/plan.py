"""From the attributes of a FETCH to the columns to read and the line to fill."""

from collections.abc import Container, Sequence
from typing import Final

from posthouse.protocols.imap.commands.fetch import BinarySection, BinarySize, BodySection, FetchAttribute, FetchItem, Preview
from posthouse.servers.imap.fetching.bodies import binary_section, binary_size, body_section, rfc822
from posthouse.servers.imap.fetching.items import SIMPLE, Item, preview
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.stream import Stream, Value

FEW_MESSAGES: Final = 1_000
"""Of so many, what was rendered at delivery is remembered too: to read tens of thousands anew costs less than to keep them."""


class Plan:
    """What one FETCH needs, and how each of its lines is made."""

    __slots__ = ("_has_numbers", "_items", "_start", "_template", "columns", "has_flags", "sets_seen")

    def __init__(self, attributes: Sequence[FetchAttribute], *, has_numbers: bool = True) -> None:
        self._items = [item_of(attribute) for attribute in attributes]
        self._has_numbers = has_numbers
        self._start = b"* %d FETCH (" if has_numbers else b"* %d UIDFETCH ("
        self._template = self._start + b" ".join([item.template for item in self._items]) + b")\r\n"
        self.columns = self.columns_beyond(())
        self.sets_seen = any(item.sets_seen for item in self._items)
        self.has_flags = FetchItem.FLAGS in attributes

    def questions(self, count: int) -> tuple[bytes, ...]:
        """What is worth remembering when so many messages are answered."""
        return tuple([item.question for item in self._items if item.question and (item.is_dear or count <= FEW_MESSAGES)])

    def columns_beyond(self, known: Container[bytes]) -> tuple[str, ...]:
        """Columns to read where the answers to some questions are known."""
        unknown = [item for item in self._items if item.question not in known]
        return tuple(dict.fromkeys([column for item in unknown for column in item.columns]))

    async def render(self, page: Page) -> list[bytes | Stream]:
        """Make the answer for all messages of a page: text, and here and there a stream that belongs between."""
        columns = [await item.values(page) for item in self._items]
        rows = zip(page.numbers if self._has_numbers else page.uids, *columns, strict=True)
        if not any(isinstance(value, Stream) for values in columns for value in values):
            return [b"".join(map(self._template.__mod__, rows))]
        return [piece for row in rows for piece in self._pieces(row[0], row[1:])]

    def _pieces(self, number: int, values: tuple[Value, ...]) -> list[bytes | Stream]:
        """Make one line in pieces, streams apart."""
        pieces: list[bytes | Stream] = [self._start % number]
        for index, (item, value) in enumerate(zip(self._items, values, strict=True)):
            separator = b" " if index else b""
            if isinstance(value, Stream):
                pieces.append(separator + item.template % b"{%d}\r\n" % value.size_octets)
                pieces.append(value)
            else:
                pieces.append(separator + item.template % value)
        pieces.append(b")\r\n")
        return pieces


def item_of(attribute: FetchAttribute) -> Item:
    """How an attribute is answered."""
    if isinstance(attribute, BodySection):
        return body_section(attribute)
    if isinstance(attribute, BinarySection):
        return binary_section(attribute)
    if isinstance(attribute, BinarySize):
        return binary_size(attribute)
    if isinstance(attribute, Preview):
        return preview(attribute)
    return SIMPLE[attribute] if attribute in SIMPLE else rfc822(attribute)
