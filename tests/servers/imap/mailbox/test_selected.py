"""What one session's client knows, and what it is told."""

import pytest
from tests.support.fake_mail import MAILBOX, FakeMail

from posthouse.model.mailbox import Flag
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import sequence_set
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import REMEMBERED_CHANGES, MailboxView
from posthouse.servers.imap.modes import Modes


class Scene:
    """A mailbox of some messages and two sessions on it."""

    def __init__(self, count: int) -> None:
        self.mail = FakeMail(1000)
        for _ in range(count):
            self.mail.put()
        self.view = MailboxView(self.mail.as_mail(), MAILBOX)

    async def select(self, *, rev2: bool = False) -> Selected:
        await self.view.refresh(forced=True)
        return Selected(self.view, "box", is_read_only=False, modes=Modes(rev2=rev2))

    async def news(self, selected: Selected, *, with_expunges: bool = True) -> list[bytes]:
        await self.view.refresh(forced=True)
        return b"".join(selected.news(with_expunges=with_expunges)).splitlines()


def _chosen(selected: Selected, text: bytes, *, uid: bool = False) -> list[int]:
    return selected.chosen(sequence_set(Cursor(text)), uid=uid)


async def test_arrivals_expunges_and_flags_are_told_once() -> None:
    scene = Scene(3)
    one, two = await scene.select(), await scene.select(rev2=True)
    scene.mail.expunge(2)
    scene.mail.put()
    scene.mail.flag(3, Flag.SEEN)
    flags = b"* 2 FETCH (UID 3 FLAGS (\\Seen))"
    assert await scene.news(one) == [b"* 2 EXPUNGE", b"* 3 EXISTS", b"* 1 RECENT", flags]
    assert await scene.news(two) == [b"* 2 EXPUNGE", b"* 3 EXISTS", flags]
    assert await scene.news(one) == []
    assert one.uids == two.uids == scene.view.uids


async def test_numbers_stay_while_expunges_may_not_be_told() -> None:
    scene = Scene(3)
    selected = await scene.select()
    scene.mail.expunge(1)
    scene.mail.put()
    assert await scene.news(selected, with_expunges=False) == [b"* 4 EXISTS", b"* 1 RECENT"]
    assert list(selected.uids) == [1, 2, 3, 4]
    assert selected.flags_text(1) == b"\\Deleted"
    assert bytes(selected.bits()) == b"\x00\x00\x00\x00"
    scene.mail.expunge(4)
    scene.mail.put()
    assert await scene.news(selected, with_expunges=False) == [b"* 5 EXISTS", b"* 2 RECENT"]
    assert await scene.news(selected) == [b"* 4 EXPUNGE", b"* 1 EXPUNGE"]
    assert selected.uids == scene.view.uids
    assert list(selected.uids) == [2, 3, 5]


async def test_who_is_far_behind_hears_of_every_message_that_changed() -> None:
    scene = Scene(2)
    selected = await scene.select()
    for _ in range(REMEMBERED_CHANGES + 5):
        scene.view.learn(scene.mail.flag(1, Flag.SEEN), None)
        scene.view.learn(scene.mail.flag(1, 0), None)
    assert await scene.news(selected) == [b"* 1 FETCH (UID 1 FLAGS ())"]


async def test_new_keywords_are_announced_before_they_are_used() -> None:
    scene = Scene(1)
    selected = await scene.select()
    scene.mail.flag(1, 0, "work")
    flags, permanent, fetched = await scene.news(selected)
    assert flags.endswith(b"work)")
    assert b"work \\*)]" in permanent
    assert fetched == b"* 1 FETCH (UID 1 FLAGS (work))"


async def test_choosing_messages() -> None:
    scene = Scene(5)
    scene.mail.expunge(2)
    selected = await scene.select()
    assert _chosen(selected, b"1:2,4") == [1, 3, 5]
    assert _chosen(selected, b"*") == [5]
    assert _chosen(selected, b"9:*") == [5]
    assert _chosen(selected, b"2:3,99", uid=True) == [3]
    assert _chosen(selected, b"7:*", uid=True) == [5]
    assert _chosen(selected, b"$") == []
    selected.saved = [1, 2, 5]
    assert _chosen(selected, b"$") == [1, 5]
    for text in (b"5", b"1:5"):
        with pytest.raises(Bad):
            _chosen(selected, text)
    assert list(selected.numbers([1, 3, 4])) == [1, 2, 3]
    assert list(selected.numbers([1, 5])) == [1, 4]
    assert selected.numbers([]) == ()


async def test_an_empty_mailbox_has_no_messages() -> None:
    selected = await Scene(0).select()
    assert _chosen(selected, b"1:*") == _chosen(selected, b"*") == _chosen(selected, b"1:*", uid=True) == []
    with pytest.raises(Bad):
        _chosen(selected, b"1")


async def test_recent_messages() -> None:
    scene = Scene(2)
    selected = await scene.select()
    selected.recent_from = 2
    assert selected.recent_count == 1
    assert selected.flags_text(2) == b"\\Recent"
    assert not _has_arrivals(selected)
    scene.mail.put()
    await scene.news(selected)
    assert _has_arrivals(selected)
    assert selected.recent_count == 2


def _has_arrivals(selected: Selected) -> bool:
    """Look anew: the type checker would remember what a property said."""
    return selected.has_arrivals
