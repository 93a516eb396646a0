"""A view follows the store, whatever the order in which it hears of things."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import MAILBOX, FakeMail

from posthouse.foundation.errors import Unavailable
from posthouse.servers.imap.mailbox.view import MailboxView


def _same(view: MailboxView, mail: FakeMail) -> bool:
    shown = {
        uid: (flags, view.keywords.get(uid, ""), mod_sequence)
        for uid, flags, mod_sequence in zip(view.uids, view.flags, view.mod_sequences, strict=True)
    }
    return shown == mail.messages and list(view.uids) == sorted(mail.messages)


async def test_it_loads_page_by_page() -> None:
    mail = FakeMail()
    for number in range(10):
        mail.put(flags=number, keywords="work" if number == 4 else "")
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    assert _same(view, mail)
    assert view.keyword_names == {"work": "work"}
    assert mail.calls.count("placements") == 4
    assert view.uid_next == 11


async def test_it_asks_only_when_there_is_reason() -> None:
    mail = FakeMail()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    mail.calls.clear()
    await view.refresh()
    assert mail.calls == []
    await view.refresh(forced=True)
    assert mail.calls == ["changes"]
    view.is_stale = True
    await view.refresh()
    assert mail.calls == ["changes"] * 2


ACTIONS = st.lists(st.tuples(st.sampled_from(["put", "flag", "own", "expunge", "refresh"]), st.integers(0, 30)), max_size=40)


@settings(max_examples=150)
@given(ACTIONS)
def test_it_converges(actions: list[tuple[str, int]]) -> None:
    asyncio.run(_converge(actions))


async def _converge(actions: list[tuple[str, int]]) -> None:
    mail = FakeMail(2)
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    for action, number in actions:
        uid = sorted(mail.messages)[number % len(mail.messages)] if mail.messages else 0
        if action == "put":
            mail.put(flags=number)
        elif action == "refresh":
            await view.refresh(forced=True)
        elif uid and action == "flag":
            mail.flag(uid, number, "k" if number % 2 else "")
        elif uid and action == "own":
            page = mail.flag(uid, number)
            if view.position(uid) is not None:  # a session changes only what it knows
                view.learn_own(page, "me")
        elif uid:
            mail.expunge(uid)
    await view.refresh(forced=True)
    assert _same(view, mail)


class Ears:
    """Hears which messages go, and looks whether they are still there."""

    def __init__(self, view: MailboxView) -> None:
        self.view = view
        self.lost_uids: list[int] = []

    def lost(self, uids: Sequence[int]) -> None:
        assert all(self.view.position(uid) is not None for uid in uids)
        self.lost_uids += uids


async def test_followers_hear_of_messages_before_they_go() -> None:
    mail = FakeMail()
    for _ in range(3):
        mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    ears = Ears(view)
    view.followers.add(ears)
    shape = view.shape
    mail.expunge(1)
    mail.expunge(3)
    await view.refresh(forced=True)
    assert ears.lost_uids == [1, 3]
    assert list(view.uids) == [2]
    assert view.shape > shape
    mail.is_gone = True
    await view.refresh(forced=True)
    assert ears.lost_uids == [1, 3, 2]


async def test_what_the_store_has_forgotten_is_found_by_comparing() -> None:
    mail = FakeMail()
    for _ in range(8):
        mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    for uid in (2, 3, 7):
        mail.expunge(uid)
    mail.forget_expunged()
    mail.put()
    await view.refresh(forced=True)
    assert _same(view, mail)


def _is_ahead(view: MailboxView) -> bool:
    """Look anew: the type checker would remember what a property said."""
    return view.is_ahead


async def test_who_has_learned_something_early_knows_that_it_is_ahead() -> None:
    mail = FakeMail()
    one, two = mail.put(), mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    assert not _is_ahead(view)
    mail.flag(one, 1)
    view.learn_own(mail.flag(two, 1), "me")
    assert _is_ahead(view)
    await view.refresh(forced=True)
    assert not _is_ahead(view)
    assert _same(view, mail)


async def test_own_changes_are_marked_as_such() -> None:
    mail = FakeMail()
    uid = mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    view.learn(mail.flag(uid, 1), "me")
    await view.refresh(forced=True)
    assert [(change.uids, change.origin) for change in view.changes] == [([uid], "me")]
    mail.flag(uid, 2)
    await view.refresh(forced=True)
    assert view.changes[-1].origin is None


async def test_own_changes_are_all_there_is_when_their_number_is_the_next() -> None:
    mail = FakeMail()
    uid = mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    assert view.learn_own(mail.flag(uid, 1), "me")
    mail.put()
    assert not view.learn_own(mail.flag(uid, 2), "me")
    await view.refresh(forced=True)
    assert _same(view, mail)
    assert view.learn_own(mail.flag(uid, 3), "me")


async def test_a_mailbox_that_is_gone_is_empty() -> None:
    mail = FakeMail()
    mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    mail.is_gone = True
    await view.refresh(forced=True)
    assert view.is_gone
    assert not view.uids
    await view.refresh(forced=True)


async def test_a_failure_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FakeMail()
    for _ in range(5):
        mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    real = mail.placements

    async def fail_late(mailbox_id: object, after_uid: int = 0) -> object:
        if after_uid:
            raise Unavailable("away")
        return await real(MAILBOX, after_uid)

    monkeypatch.setattr(mail, "placements", fail_late)
    with pytest.raises(Unavailable):
        await view.refresh()
    assert view.is_stale
    monkeypatch.undo()
    await view.refresh()
    assert _same(view, mail)
