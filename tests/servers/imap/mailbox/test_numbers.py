"""Message numbers against a plain list: what a client believes from what it was told is what the selection answers."""

import asyncio
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import MAILBOX, FakeMail

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import sequence_set
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["put", "flag", "expunge", "refresh", "news", "news by number"]), st.integers(0, 30)), max_size=40
)
_LINE = re.compile(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH \(UID (\d+) .*)|\* VANISHED ([\d:,]+)|\* .*")


class Client:
    """Believes what it is told."""

    def __init__(self, selected: Selected) -> None:
        self.selected = selected
        self.uids: list[int] = list(selected.uids)

    def hear(self, news: bytes, mail: FakeMail) -> None:
        for line in news.splitlines():
            match = _LINE.fullmatch(line)
            assert match is not None
            if match[4]:
                ranges = sequence_set(Cursor(match[4])).ranges
                gone = {uid for low, high in ranges for uid in range(low, high + 1)}
                assert gone <= set(self.uids)
                self.uids = [uid for uid in self.uids if uid not in gone]
            elif match[2] == b"EXPUNGE":
                del self.uids[int(match[1]) - 1]
            elif match[2] == b"EXISTS":
                news_of = int(match[1]) - len(self.uids)
                assert news_of > 0
                self.uids += list(self.selected.uids)[-news_of:]
            elif match[2]:
                assert self.uids[int(match[1]) - 1] == int(match[3])

    def check(self) -> None:
        selected, uids = self.selected, self.uids
        assert list(selected.uids) == uids
        assert len(selected) == len(uids)
        assert len(selected.bits()) == len(uids)
        assert list(selected.numbers(uids[::2])) == [uids.index(uid) + 1 for uid in uids[::2]]
        assert [selected.number(uid) for uid in range(1, 60)] == [
            uids.index(uid) + 1 if uid in uids else None for uid in range(1, 60)
        ]
        for low in range(1, len(uids) + 1):
            text = b"%d,%d:*" % (1, low)
            expected = sorted({uids[0], *uids[low - 1 :]})
            assert selected.chosen(sequence_set(Cursor(text)), uid=False) == expected
            assert selected.among(sequence_set(Cursor(text)), uids, uid=False) == expected
        if uids:
            text = b"%d:%d" % (uids[0] + 1, max(uids[0] + 1, uids[-1] - 1))
            expected = [uid for uid in uids if uids[0] < uid < max(uids[0] + 2, uids[-1])]
            assert selected.chosen(sequence_set(Cursor(text)), uid=True) == expected
            assert selected.among(sequence_set(Cursor(text)), uids, uid=True) == expected


@settings(max_examples=120)
@given(ACTIONS, st.booleans())
def test_numbers_are_what_the_client_was_told(actions: list[tuple[str, int]], says_vanished: bool) -> None:
    asyncio.run(_play(actions, Modes(rev2=True, uid_only=False, qresync=says_vanished)))


async def _play(actions: list[tuple[str, int]], modes: Modes) -> None:
    mail = FakeMail(2)
    for _ in range(5):
        mail.put()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    client = Client(Selected(view, "box", is_read_only=False, modes=modes))
    for action, number in actions:
        uid = sorted(mail.messages)[number % len(mail.messages)] if mail.messages else 0
        if action == "put":
            mail.put(flags=number)
        elif action == "refresh":
            await view.refresh(forced=True)
        elif action.startswith("news"):
            client.hear(b"".join(client.selected.news(with_expunges=action == "news")), mail)
        elif uid and action == "flag":
            mail.flag(uid, number)
        elif uid and action == "expunge":
            mail.expunge(uid)
        client.check()
    await view.refresh(forced=True)
    client.hear(b"".join(client.selected.news(with_expunges=True)), mail)
    client.check()
    assert client.uids == sorted(mail.messages)
    client.selected.close()
    assert not view.followers
