"""A search of many pages is one answer, and ends when nobody waits for it."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.support.fake_mail import ACCOUNT, MAILBOX, FakeMail

from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.search import Found, Place, TextQuery
from posthouse.services.search import MailSearch

QUERY = TextQuery(Place.BODY, "x")


class Pages:
    """Finds every second message, two at a time."""

    def __init__(self) -> None:
        self.asked = 0

    async def find(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery, start: int = 0
    ) -> Found:
        self.asked += 1
        assert (account_id, mailbox_id, query) == (ACCOUNT, MAILBOX, QUERY)
        await asyncio.sleep(0)
        some = list(uids[start : start + 2])
        return Found(some[::2], [100] * len(some[::2]), min(start + 2, len(uids)))


async def test_all_pages_are_asked_for() -> None:
    search = MailSearch(FakeMail().as_mail(), Pages())
    assert await search.find(MAILBOX, [1, 2, 3, 4, 5], QUERY) == Found([1, 3, 5], [100, 100, 100], 5)
    assert await search.find(MAILBOX, [], QUERY) == Found([], [], 0)


async def test_who_is_gone_is_not_searched_for() -> None:
    pages = Pages()
    task = asyncio.create_task(MailSearch(FakeMail().as_mail(), pages).find(MAILBOX, range(1_000), QUERY))
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < pages.asked < 500
