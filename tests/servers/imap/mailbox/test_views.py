"""Which mailboxes are open, and who is woken."""

import asyncio

import pytest
from tests.support.fake_mail import ACCOUNT, MAILBOX, FakeMail

from posthouse.adapters.bus.hub import Hub
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import MailboxId
from posthouse.servers.imap.mailbox import views as module
from posthouse.servers.imap.mailbox.views import Views


async def test_sessions_share_a_view_and_hints_wake_them() -> None:
    hub, mail = Hub(), FakeMail()
    views = Views(hub)
    one, two = await views.open(mail.as_mail(), MAILBOX), await views.open(mail.as_mail(), MAILBOX)
    assert one is two
    woken: list[int] = []
    one.listeners.add(lambda: woken.append(1))
    hub.publish(ACCOUNT)
    assert woken == [1]
    assert one.is_stale
    views.close(one)
    hub.publish(ACCOUNT)
    assert woken == [1, 1]
    views.close(one)
    hub.publish(ACCOUNT)
    assert woken == [1, 1]
    views.stop()


async def test_a_closed_view_is_remembered_and_brought_up_to_date() -> None:
    mail = FakeMail()
    mail.put()
    views = Views(Hub())
    view = await views.open(mail.as_mail(), MAILBOX)
    views.close(view)
    mail.put()
    mail.calls.clear()
    again = await views.open(mail.as_mail(), MAILBOX)
    assert again is view
    assert list(again.uids) == [1, 2]
    assert mail.calls == ["changes"]
    views.close(again)
    views.stop()


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_MESSAGES", 3)
    views = Views(Hub())
    for number in range(3):
        mail = FakeMail()
        mail.put()
        mail.put()
        view = await views.open(mail.as_mail(), MailboxId(bytes([number]) * 16))
        views.close(view)
    assert len(views._kept) == 1
    views.stop()


async def test_a_view_that_cannot_be_read_is_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FakeMail()

    async def fail(*_: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(mail, "mailbox", fail)
    views = Views(Hub())
    with pytest.raises(Unavailable):
        await views.open(mail.as_mail(), MAILBOX)
    assert not views._open
    assert not views._accounts
    views.stop()


async def test_without_a_hint_somebody_looks_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    views = Views(Hub())
    view = await views.open(FakeMail().as_mail(), MAILBOX)
    woken = asyncio.Event()
    view.listeners.add(woken.set)
    async with asyncio.timeout(5):
        await woken.wait()
    views.close(view)
    await asyncio.sleep(0.03)
    assert views._timer is None
