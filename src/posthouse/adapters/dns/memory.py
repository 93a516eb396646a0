"""Answers remembered as long as they may be, and questions asked once however many wait for them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from posthouse.foundation.errors import PosthouseError

T = TypeVar("T")
ANSWERS: Final = 10_000
"""Answers kept; the longest unasked go first."""


class AnswerMemory(Generic[T]):
    """Answers and failures by question, each with its own life in seconds."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[float, T | PosthouseError]] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Future[T]] = {}

    def clear(self) -> None:
        """Forget everything: somebody else is asked from now on."""
        self._known.clear()

    async def recall(self, question: tuple[str, str], ask: Callable[[], Awaitable[tuple[T | PosthouseError, float]]]) -> T:
        """The answer that is known, or that of ``ask``, which gives the answer or an error and how long it holds.

        Raises: the error that was given.
        """
        known = self._known.get(question)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            self._known.move_to_end(question)
            return _given(known[1])
        waiting = self._asking.get(question)
        if waiting is None:
            waiting = asyncio.ensure_future(self._find(question, ask))
            self._asking[question] = waiting
            waiting.add_done_callback(lambda done: self._asked(question, done))
        return await asyncio.shield(waiting)  # others wait for it too

    async def _find(self, question: tuple[str, str], ask: Callable[[], Awaitable[tuple[T | PosthouseError, float]]]) -> T:
        answer, seconds = await ask()
        if seconds > 0:
            self._known[question] = (asyncio.get_running_loop().time() + seconds, answer)
            self._known.move_to_end(question)
            if len(self._known) > ANSWERS:
                self._known.popitem(last=False)
        return _given(answer)

    def _asked(self, question: tuple[str, str], done: "asyncio.Future[T]") -> None:
        self._asking.pop(question, None)
        if not done.cancelled():
            done.exception()  # whoever waited has heard it; nobody may be left


def _given(answer: T | PosthouseError) -> T:
    if isinstance(answer, PosthouseError):
        raise type(answer)(*answer.args)
    return answer
