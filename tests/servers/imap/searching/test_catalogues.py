"""What was read for one search serves the next; memory is bounded, and given back when others need it."""

import pytest
from tests.support.fake_mail import ACCOUNT, MAILBOX, FakeMail, open_rows

from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import LimitReached
from posthouse.foundation.ids import MailboxId
from posthouse.ports.account_store import RECEIVED_AT, SIZE
from posthouse.servers.imap.searching.catalogues import KEPT, Catalogues
from posthouse.servers.imap.searching.rows import Rows

BUDGET = 1_000_000


def _mail(count: int) -> FakeMail:
    mail = FakeMail(page_rows=100)
    for number in range(count):
        mail.put(b"x" * number, received_at=float(number))
    return mail


async def _again(rows: Rows) -> Rows:
    """The messages as the client knows them after the next command."""
    await rows.selected.view.refresh(forced=True)
    assert b"".join(rows.selected.news(with_expunges=True))
    return Rows(rows.mail, rows.selected)


async def test_a_column_is_read_once_and_grows() -> None:
    mail = _mail(5)
    rows = await open_rows(mail)
    catalogue = Catalogues(Budget(BUDGET)).of(ACCOUNT, MAILBOX)
    assert list(await catalogue.column(SIZE, rows)) == [0, 1, 2, 3, 4]
    mail.put(b"seven!!")
    mail.calls.clear()
    assert list(await catalogue.column(SIZE, rows)) == [0, 1, 2, 3, 4], "the client has not been told"
    assert mail.calls == []
    rows = await _again(rows)
    mail.calls.clear()
    assert list(await catalogue.column(SIZE, rows)) == [0, 1, 2, 3, 4, 7]
    assert mail.calls == ["fetch"]


async def test_messages_that_are_gone_leave_without_anything_being_read() -> None:
    mail = _mail(6)
    early = await open_rows(mail)
    catalogue = Catalogues(Budget(BUDGET)).of(ACCOUNT, MAILBOX)
    await catalogue.column(SIZE, early)
    for uid in (1, 3, 6):
        mail.expunge(uid)
    late = await _again(Rows(early.mail, early.selected))
    mail.calls.clear()
    assert list(await catalogue.column(SIZE, late)) == [1, 3, 4]
    assert mail.calls == []
    assert list(await catalogue.column(SIZE, early)) == [0, 1, 2, 3, 4, 5], "somebody who does not know yet"
    mail.expunge(2)
    mail.put(b"four")
    assert list(await catalogue.column(SIZE, await _again(late))) == [3, 4, 4]


async def test_what_nobody_remembers_has_no_value() -> None:
    mail = _mail(3)
    rows = await open_rows(mail)
    del mail.octets[2]
    catalogue = Catalogues(Budget(BUDGET)).of(ACCOUNT, MAILBOX)
    assert list(await catalogue.column(SIZE, rows)) == [0, 0, 2]
    assert list(await catalogue.column("subject", rows)) == [0, 0, 0]


async def test_answers_are_good_while_the_messages_are_the_same() -> None:
    mail = _mail(3)
    rows = await open_rows(mail)
    catalogue = Catalogues(Budget(BUDGET)).of(ACCOUNT, MAILBOX)
    assert catalogue.answer("question", rows) is None
    catalogue.remember("question", rows, "answer", 10)
    assert catalogue.answer("question", rows) == "answer"
    assert catalogue.answer("other", rows) is None
    mail.put()
    assert catalogue.answer("question", await _again(rows)) is None


async def test_memory_is_accounted_for_and_given_back() -> None:
    budget = Budget(BUDGET)
    catalogues = Catalogues(budget)
    rows = await open_rows(_mail(50))
    for name in (SIZE, RECEIVED_AT, "subject"):
        await catalogues.of(ACCOUNT, MAILBOX).column(name, rows)
    catalogues.of(ACCOUNT, MAILBOX).remember("q", rows, "a", 100)
    assert catalogues.held_octets == BUDGET - budget.free > 1_000
    catalogues.of(ACCOUNT, MAILBOX).remember("q", rows, "b", 50)
    assert budget.take(budget.free + 1), "others come first"
    assert catalogues.held_octets == 0
    assert catalogues.of(ACCOUNT, MAILBOX).answer("q", rows) is None


async def test_the_oldest_makes_room_for_the_newest() -> None:
    catalogues = Catalogues(Budget(4_000))
    rows = await open_rows(_mail(10))
    first = catalogues.of(ACCOUNT, MAILBOX)
    second = catalogues.of(ACCOUNT, MailboxId(b"second".ljust(16)))
    first.remember("q", rows, "first", 600)
    second.remember("q", rows, "second", 600)
    assert first.answer("q", rows) is None
    assert second.answer("q", rows) == "second"
    first.remember("q", rows, "late", 10)
    assert first.answer("q", rows) is None, "who is forgotten keeps nothing more"
    second.remember("big", rows, "too big", 2_000)
    assert second.answer("big", rows) is None
    assert catalogues.held_octets == 600


async def test_a_search_without_memory_is_refused() -> None:
    budget = Budget(BUDGET)
    catalogues = Catalogues(budget)
    rows = await open_rows(_mail(10))
    assert budget.take(BUDGET - 100)
    with pytest.raises(LimitReached):
        await catalogues.of(ACCOUNT, MAILBOX).column(SIZE, rows)
    budget.give(BUDGET)
    assert len(await catalogues.of(ACCOUNT, MAILBOX).column(SIZE, rows)) == 10


def test_mailboxes_remembered_are_bounded() -> None:
    catalogues = Catalogues(Budget(BUDGET))
    first = catalogues.of(ACCOUNT, MAILBOX)
    for number in range(KEPT):
        catalogues.of(ACCOUNT, MailboxId(b"%016d" % number))
    assert catalogues.of(ACCOUNT, MAILBOX) is not first
