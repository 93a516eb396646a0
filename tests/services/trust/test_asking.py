"""The driver of checks."""

import asyncio

from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import Answer as Found
from posthouse.ports.resolver import MailExchanger
from posthouse.services.trust.asking import ask
from posthouse.trust.questions import NO_NAME, UNANSWERED, Answer, Check, Question


class Names:
    """Answers by name; ``slow`` never comes."""

    def __init__(self) -> None:
        self.open = 0
        self.most_open = 0

    async def query(self, name: str, record_type: str) -> Found:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(0)
            if name == "slow":
                await asyncio.Event().wait()
            if name == "none":
                raise NotFound(name)
            if name == "broken":
                raise Unavailable(name)
            return Found((f"{record_type} of {name}",))
        finally:
            self.open -= 1

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        raise NotImplementedError

    async def addresses(self, host: str) -> list[str]:
        raise NotImplementedError


def rounds(*questions: tuple[Question, ...]) -> Check[list[Answer]]:
    found: list[Answer] = []
    for together in questions:
        answers = yield together
        found += answers
    return found


async def test_questions_of_one_round_are_asked_at_once() -> None:
    names = Names()
    found = await ask(names, rounds((Question("a", "TXT"), Question("none", "A"), Question("broken", "MX")), (Question("b", "A"),)))
    assert found == [Answer(("TXT of a",)), NO_NAME, UNANSWERED, Answer(("A of b",))]
    assert names.most_open == 3


async def test_a_check_that_asks_nothing() -> None:
    assert await ask(Names(), rounds()) == []


async def test_what_never_comes_is_unanswered_and_so_is_all_that_follows() -> None:
    found = await ask(Names(), rounds((Question("slow", "A"), Question("a", "A")), (Question("b", "A"),)), seconds=0.05)
    assert found == [UNANSWERED, Answer(("A of a",)), UNANSWERED]
