"""Answers are asked for once and remembered as long as they hold."""

import asyncio

import pytest

from posthouse.adapters.dns.memory import ANSWERS, AnswerMemory
from posthouse.foundation.errors import NotFound, PosthouseError, Unavailable

QUESTION = ("example.org", "A")


class Asked:
    """Answers with what it was given, for so many seconds."""

    def __init__(self, answer: str | PosthouseError, seconds: float) -> None:
        self.answer, self.seconds, self.times = answer, seconds, 0
        self.going = asyncio.Event()
        self.going.set()

    async def __call__(self) -> tuple[str | PosthouseError, float]:
        self.times += 1
        await self.going.wait()
        return self.answer, self.seconds


async def test_an_answer_is_asked_for_once() -> None:
    memory: AnswerMemory[str] = AnswerMemory()
    asked = Asked("192.0.2.1", 60)
    assert [await memory.recall(QUESTION, asked) for _ in range(3)] == ["192.0.2.1"] * 3
    assert asked.times == 1
    memory.clear()
    await memory.recall(QUESTION, asked)
    assert asked.times == 2


async def test_an_answer_that_does_not_hold_is_asked_for_again() -> None:
    memory: AnswerMemory[str] = AnswerMemory()
    asked = Asked("192.0.2.1", 0)
    await memory.recall(QUESTION, asked)
    await memory.recall(QUESTION, asked)
    assert asked.times == 2


async def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    memory: AnswerMemory[str] = AnswerMemory()
    asked = Asked("192.0.2.1", 0)
    asked.going.clear()
    waiting = [asyncio.create_task(memory.recall(QUESTION, asked)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # who gives up does not spoil it for others
    asked.going.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert answers[1:] == ["192.0.2.1"] * 4
    assert isinstance(answers[0], asyncio.CancelledError)
    assert asked.times == 1


@pytest.mark.parametrize("error", [NotFound("no such name"), Unavailable("silence")])
async def test_failures_are_remembered_too(error: PosthouseError) -> None:
    memory: AnswerMemory[str] = AnswerMemory()
    asked = Asked(error, 60)
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)):
            await memory.recall(QUESTION, asked)
    assert asked.times == 1


async def test_it_is_bounded() -> None:
    memory: AnswerMemory[str] = AnswerMemory()
    asked = Asked("192.0.2.1", 60)
    for number in range(ANSWERS + 1):
        await memory.recall((str(number), "A"), asked)
    assert len(memory._known) == ANSWERS
    await memory.recall(("1", "A"), asked)
    assert asked.times == ANSWERS + 1
    await memory.recall(("0", "A"), asked)
    assert asked.times == ANSWERS + 2
