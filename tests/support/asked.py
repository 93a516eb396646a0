"""A DNS in a dictionary, for checks that yield their questions."""

from collections.abc import Mapping
from typing import TypeVar

from posthouse.trust.questions import NO_NAME, Answer, Check, Question

T = TypeVar("T")
Zone = Mapping[tuple[str, str], Answer | tuple[str, ...]]


def answered(check: Check[T], zone: Zone, asked: list[Question] | None = None) -> T:
    """Run a check over a zone of ``(name, type)``; a name in it under no type does not exist."""
    names = {name for name, _ in zone}
    try:
        questions = next(check)
        while True:
            if asked is not None:
                asked += questions
            questions = check.send(tuple(_answer(zone, names, question) for question in questions))
    except StopIteration as end:
        verdict: T = end.value
        return verdict


def _answer(zone: Zone, names: set[str], question: Question) -> Answer:
    found = zone.get((question.name.lower(), question.record_type))
    if found is None:
        return Answer() if question.name.lower() in names else NO_NAME
    return found if isinstance(found, Answer) else Answer(found)
