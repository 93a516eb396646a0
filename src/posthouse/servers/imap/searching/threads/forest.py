"""Threads as trees of rows, and the text in which they are told. Nothing here recurses: a thread may be as long as its mailbox."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Thread(NamedTuple):
    """One thread."""

    head: int | None
    """Row of its first message; None where that is not here, and only its answers are."""
    answers: Sequence[int]
    """Rows of what lies below the head, in order."""


class Forest(NamedTuple):
    """All threads found."""

    threads: Sequence[Thread]
    answers: Mapping[int, Sequence[int]]
    """Rows of the answers to those messages, below the heads, that have any."""


def thread_text(thread: Thread, answers: Mapping[int, Sequence[int]], shown: Callable[[int], bytes]) -> bytes:
    """Write ``thread-list = "(" (thread-members / thread-nested) ")"``; ``shown`` gives the number or UID of a row."""
    if not thread.answers and thread.head is not None:
        return b"(%b)" % shown(thread.head)
    written: list[bytes] = [b"("]
    waiting: list[int | bytes] = [b")"]
    if thread.head is not None:
        written.append(shown(thread.head))
    _descend(thread.answers, written, waiting)
    while waiting:
        step = waiting.pop()
        if isinstance(step, bytes):
            written.append(step)
            continue
        written.append(shown(step) if written[-1] == b"(" else b" " + shown(step))
        _descend(answers.get(step, ()), written, waiting)
    return b"".join(written)


def _descend(answers: Sequence[int], written: list[bytes], waiting: list[int | bytes]) -> None:
    """A single answer follows what it answers; of several each has parentheses of its own."""
    if len(answers) == 1:
        waiting.append(answers[0])
        return
    if answers and written[-1] != b"(":
        written.append(b" ")
    for answer in reversed(answers):
        waiting += [b")", answer, b"("]
