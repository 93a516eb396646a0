"""Answers about single messages of one mailbox that are dear to make and short to keep; no message changes, so they stay good."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

VALUE_OCTETS: Final = 2_048
"""A longer answer is not kept, nor are those that were made with it."""
_ENTRY_OCTETS: Final = 150
"""What an answer takes besides itself, more or less."""


class Purse(Protocol):
    """Where the room comes from."""

    def take(self, octets: int) -> bool:
        """Take octets to keep something, if there is room."""
        ...

    def give(self, octets: int) -> None:
        """Give octets back that were taken."""
        ...


class Memory:
    """Answers by question and UID."""

    __slots__ = ("_answers", "_is_forgotten", "_octets", "_purse")

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self._answers: dict[bytes, dict[int, bytes]] = {}
        self._octets = 0
        self._is_forgotten = False

    def known(self, questions: Iterable[bytes], uids: Sequence[int]) -> dict[bytes, Mapping[int, bytes]]:
        """Those of the questions to which all answers for these messages are here."""
        found: dict[bytes, Mapping[int, bytes]] = {}
        for question in questions:
            answers = self._answers.get(question)
            if answers is not None and answers.keys() >= set(uids):
                found[question] = answers
        return found

    def remember(self, question: bytes, uids: Sequence[int], answers: Sequence[bytes]) -> None:
        """Keep answers as long as there is room."""
        sizes = list(map(len, answers))
        octets = sum(sizes) + _ENTRY_OCTETS * len(sizes)
        if self._is_forgotten or max(sizes, default=0) > VALUE_OCTETS or not self._purse.take(octets):
            return
        self._octets += octets
        self._answers.setdefault(question, {}).update(zip(uids, answers, strict=True))

    def forget(self) -> None:
        """Let everything go, for ever."""
        self._is_forgotten = True
        self._answers.clear()
        self._purse.give(self._octets)
        self._octets = 0
