"""The contract of kept answers: in the keeper's own process, and as the web worker reaches it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.offices import neighbour_of

from posthouse.adapters.answers.database import UNFINISHED_SECONDS, AnswersDatabase
from posthouse.adapters.rpc.client import remote
from posthouse.ports.kept_answers import Kept, KeptAnswers

DAY = 86_400.0


@pytest.fixture(params=["local", "remote"])
async def answers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeptAnswers]:
    database = AnswersDatabase(tmp_path / "answers.db")
    if request.param == "local":
        yield database
    else:
        async with neighbour_of(tmp_path, {"kept_answers": (KeptAnswers, database)}) as neighbour:
            yield remote("kept_answers", KeptAnswers, neighbour)  # type: ignore[type-abstract]
    await asyncio.to_thread(database.stop)


async def test_the_first_request_is_begun_and_the_same_again_gets_its_answer(answers: KeptAnswers) -> None:
    assert await answers.begin(b"key", b"request", 0.0, DAY) is None
    assert await answers.begin(b"key", b"other", 1.0, DAY) == Kept(b"request")
    await answers.finish(b"key", b"answer")
    assert await answers.begin(b"key", b"request", DAY, DAY) == Kept(b"request", b"answer")
    assert await answers.begin(b"other key", b"request", DAY, DAY) is None
    assert await answers.begin(b"key", b"request", DAY + 1, DAY) is None


async def test_what_was_not_done_may_be_asked_again(answers: KeptAnswers) -> None:
    assert await answers.begin(b"key", b"request", 0.0, DAY) is None
    await answers.forget(b"key")
    assert await answers.begin(b"key", b"request", 0.0, DAY) is None
    assert await answers.begin(b"key", b"request", UNFINISHED_SECONDS, DAY) is None


async def test_one_of_many_at_once_is_the_first(answers: KeptAnswers) -> None:
    found = await asyncio.gather(*(answers.begin(b"key", b"request", 0.0, DAY) for _ in range(10)))
    assert found.count(None) == 1
