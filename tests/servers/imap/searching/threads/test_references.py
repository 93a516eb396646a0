"""Threads are those of RFC 5256, read step by step on trees of objects."""

import asyncio
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.servers.imap.searching.threads.forest import thread_text
from posthouse.servers.imap.searching.threads.linking import Links
from posthouse.servers.imap.searching.threads.references import Sources, by_references


@dataclass
class Message:
    """One message; identifiers are small numbers, 0 for none."""

    own: int = 0
    named: list[int] = field(default_factory=list)
    subject: int = 0
    is_reply: bool = False
    moment: int = 0

    def projection(self) -> bytes:
        return struct.pack(f"<?q{len(self.named)}q", self.is_reply, self.own, *self.named)


@dataclass(eq=False)
class Box:
    """A container of the RFC."""

    row: int | None = None
    parent: "Box | None" = None
    children: "list[Box]" = field(default_factory=list)

    def adopt(self, child: "Box") -> None:
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)

    def is_above(self, other: "Box") -> bool:
        step: Box | None = other
        while step is not None and step is not self:
            step = step.parent
        return step is self


class Oracle:
    """The algorithm as it stands in RFC 5256 §3, for small mailboxes."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        self.by_id: dict[int, Box] = {}
        self.boxes: list[Box] = []
        for row, message in enumerate(messages):
            self._link(row, message)
        top = [box for box in self.boxes if box.parent is None]
        self.top = self._sorted([kept for box in top for kept in self._pruned(box, at_top=True)])
        for box in self.top:
            self._sort_below(box)
        self.top = self._sorted(self.top)
        self._gather()
        for box in self.top:
            self._sort_below(box)
        self.top = self._sorted(self.top)

    def text(self) -> str:
        return "".join(self._text(box) for box in self.top)

    def _box(self, identifier: int) -> Box:
        if identifier not in self.by_id:
            self.by_id[identifier] = Box()
            self.boxes.append(self.by_id[identifier])
        return self.by_id[identifier]

    def _link(self, row: int, message: Message) -> None:
        above: Box | None = None
        for identifier in message.named:
            box = self._box(identifier)
            if above is not None and box.parent is None and not box.is_above(above):
                above.adopt(box)
            above = box
        if message.own and self.by_id.get(message.own, Box()).row is None:
            box = self._box(message.own)
        else:
            box = Box()
            self.boxes.append(box)
        box.row = row
        if box.parent is not None and box.parent is not above:
            box.parent.children.remove(box)
            box.parent = None
        if above is not None and box.parent is None and not box.is_above(above):
            above.adopt(box)

    def _pruned(self, box: Box, *, at_top: bool) -> list[Box]:
        box.children = [kept for child in box.children for kept in self._pruned(child, at_top=False)]
        if box.row is not None:
            return [box]
        return [box] if at_top and len(box.children) > 1 else box.children

    def _first(self, box: Box) -> int:
        return box.row if box.row is not None else self._first(self._sorted(box.children)[0])

    def _sorted(self, boxes: list[Box]) -> list[Box]:
        return sorted(boxes, key=lambda box: (self.messages[self._first(box)].moment, self._first(box)))

    def _sort_below(self, box: Box) -> None:
        box.children = self._sorted(box.children)
        for child in box.children:
            self._sort_below(child)

    def _subject(self, box: Box) -> int:
        return self.messages[self._first(box)].subject

    def _is_reply(self, box: Box) -> bool:
        return self.messages[self._first(box)].is_reply

    def _gather(self) -> None:
        table: dict[int, Box] = {}
        for box in self.top:
            subject = self._subject(box)
            other = table.get(subject)
            if subject and (
                other is None
                or (box.row is None and other.row is not None)
                or (other.row is not None and box.row is not None and self._is_reply(other) and not self._is_reply(box))
            ):
                table[subject] = box
        for box in list(self.top):
            subject = self._subject(box)
            other = table.get(subject) if box in self.top and subject else None
            if other is None or other is box:
                continue
            self.top.remove(box)
            if other.row is None:
                other.children += box.children if box.row is None else [box]
            elif self._is_reply(box) and not self._is_reply(other):
                other.children.append(box)
            else:
                self.top.remove(other)
                table[subject] = Box(children=[other, box])
                self.top.append(table[subject])

    def _text(self, box: Box) -> str:
        words = [] if box.row is None else [str(box.row + 1)]
        while len(box.children) == 1:
            box = box.children[0]
            words.append(str((box.row or 0) + 1))
        nested = "".join(self._text(child) for child in box.children)
        return "(" + " ".join([*words, *([nested] if nested else [])]) + ")"


async def threads_of(messages: list[Message], rows: list[int] | None = None) -> str:
    rows = list(range(len(messages))) if rows is None else rows
    sources = Sources(
        [message.projection() for message in messages],
        [message.subject for message in messages],
        [message.moment for message in messages],
    )
    forest = await by_references(rows, sources)
    return b"".join([thread_text(thread, forest.answers, lambda row: b"%d" % (row + 1)) for thread in forest.threads]).decode()


_identifiers = st.integers(1, 9)
_messages = st.lists(
    st.builds(
        Message,
        st.integers(0, 9),
        st.lists(_identifiers, max_size=5, unique=True),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 5),
    ),
    max_size=9,
)


@settings(max_examples=600, deadline=None)
@given(_messages)
def test_threads_are_those_of_the_rfc(messages: list[Message]) -> None:
    assert asyncio.run(threads_of(messages)) == Oracle(messages).text()


@given(_messages, st.sets(st.integers(0, 8)))
def test_a_choice_of_messages_is_threaded_as_if_there_were_no_others(messages: list[Message], chosen: set[int]) -> None:
    rows = [row for row in sorted(chosen) if row < len(messages)]
    alone = asyncio.run(threads_of([messages[row] for row in rows]))
    numbers = {str(index + 1): str(row + 1) for index, row in enumerate(rows)}
    renumbered = "".join(numbers.get(word, word) for word in _words(alone))
    assert asyncio.run(threads_of(messages, rows)) == renumbered


def _words(text: str) -> list[str]:
    words, word = [], ""
    for character in text:
        if character.isdigit():
            word += character
            continue
        words += [word, character]
        word = ""
    return [*words, word]


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([Message(1), Message(2, [1]), Message(3, [1, 2])], "(1 2 3)"),
        ([Message(1), Message(2, [9]), Message(3, [9])], "(1)((2)(3))"),
        ([Message(2, [9]), Message(9, [2])], "(2 1)"),
        ([Message(1, subject=5), Message(2, subject=5, is_reply=True)], "(1 2)"),
        ([Message(1, subject=5), Message(2, subject=5)], "((1)(2))"),
        ([Message(1, moment=2), Message(2, moment=1)], "(2)(1)"),
        ([], ""),
    ],
)
async def test_examples(messages: list[Message], text: str) -> None:
    assert await threads_of(messages) == text


async def test_a_thread_may_be_as_long_as_the_mailbox() -> None:
    chain = [Message(number, [number - 1] if number > 1 else []) for number in range(1, 30_001)]
    text = await threads_of(chain)
    assert text == "(" + " ".join(str(number) for number in range(1, 30_001)) + ")"
    assert await threads_of(chain[::-1]) == "(" + " ".join(str(number) for number in range(30_000, 0, -1)) + ")"


class _Counting(list[int]):
    """A list that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        self.looks += 1
        return super().__getitem__(index)


def test_looking_for_loops_is_bounded() -> None:
    links = Links()
    links.parents = looked = _Counting()
    for row in range(1, 3_001):
        links.add(row, row, [row - 1] if row > 1 else [])
    # Each of these is put below the end of the chain by one message and somewhere else by itself: a long way up, in vain.
    for number in range(10_000, 13_000):
        links.add(number, 0, [1, number])
        links.add(number + 5_000, number, [3_000])
    assert looked.looks < 60 * 9_000
