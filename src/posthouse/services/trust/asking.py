"""Drives the checks of the trust floor: what they ask goes to the resolver, what it says goes back."""

import asyncio
from typing import Final, TypeVar

from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import Resolver
from posthouse.trust.questions import NO_NAME, UNANSWERED, Answer, Check, Question

T = TypeVar("T")
SECONDS: Final = 20.0
"""For all questions of one check; RFC 7208 §4.6.4 asks for at least 20."""


async def ask(resolver: Resolver, check: Check[T], *, seconds: float = SECONDS) -> T:
    """Run a check to its verdict; questions it asks together are asked together.

    Never raises for what the DNS does: after ``seconds`` all that is open or yet to come is unanswered, and the check says what
    that means.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        questions = next(check)
        while True:
            questions = check.send(await _answers(resolver, questions, deadline))
    except StopIteration as end:
        verdict: T = end.value
        return verdict


async def _answers(resolver: Resolver, questions: tuple[Question, ...], deadline: float) -> tuple[Answer, ...]:
    if len(questions) == 1:
        return (await _answer(resolver, questions[0], deadline),)
    return tuple(await asyncio.gather(*(_answer(resolver, question, deadline) for question in questions)))


async def _answer(resolver: Resolver, question: Question, deadline: float) -> Answer:
    try:
        async with asyncio.timeout_at(deadline):
            found = await resolver.query(question.name, question.record_type)
    except NotFound:
        return NO_NAME
    except (Unavailable, TimeoutError):
        return UNANSWERED
    return Answer(found.records)
