"""Searching finds the same as looking at each message with each key."""

import asyncio
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import MAILBOX, FakeMail

from posthouse.formats.mime.scanner import scan
from posthouse.model.mailbox import Flag as Bit
from posthouse.protocols.imap.commands.search.keys import (
    Age,
    All,
    And,
    Clock,
    Comparison,
    Date,
    Flag,
    Header,
    Messages,
    Not,
    Or,
    Scope,
    SearchKey,
    Size,
    Text,
)
from posthouse.protocols.imap.grammar.sequence_set import STAR, SequenceSet
from posthouse.protocols.imap.projections.search_text import body_text, folded, header_has, header_text
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes
from posthouse.servers.imap.searching.finder import find

NOW = 1_700_000_000.0
DAY = 86_400
DAYS = [dt.date(2023, 11, day) for day in range(11, 17)]
MESSAGES = [
    b"Subject: Meeting\r\nDate: Mon, 13 Nov 2023 23:59:00 -0800\r\n\r\nhello\r\n",
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@x\r\n\r\nMEETING at noon\r\n",
    b"From: b@y\r\nDate: Tue, 14 Nov 2023 00:01:00 +0900\r\n\r\n",
    b"",
]

_numbers = st.tuples(st.integers(1, 4), st.sampled_from([1, 2, 3, 4, STAR])).map(lambda pair: (min(pair), max(pair)))
_leaves = st.one_of(
    st.just(All()),
    st.builds(Messages, st.lists(_numbers, min_size=1, max_size=2).map(lambda items: SequenceSet(tuple(items))), st.booleans()),
    st.builds(Flag, st.sampled_from(["\\Seen", "\\Deleted", "\\Recent", "Work"]), st.booleans()),
    st.builds(Header, st.sampled_from(["subject", "from", "date", "x"]), st.sampled_from(["", "MEET", "grüss", "a@x", "2023"])),
    st.builds(Text, st.sampled_from(Scope), st.sampled_from(["meeting", "NOON", "subject: m", "zzz"])),
    st.builds(Date, st.sampled_from(Clock), st.sampled_from(Comparison), st.sampled_from(DAYS)),
    st.builds(Size, st.booleans(), st.sampled_from([0, 40, 70])),
    st.builds(Age, st.booleans(), st.sampled_from([DAY, 2 * DAY])),
)
KEYS: st.SearchStrategy[SearchKey] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Or, inner, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: And(tuple(items))),
    ),
    max_leaves=5,
)


def _mail() -> FakeMail:
    mail = FakeMail(2)
    for number, octets in enumerate([*MESSAGES, *MESSAGES[:2]]):
        mail.put(octets, number * 3 % 16, "work" if number % 2 else "", NOW - number * DAY)
    mail.expunge(3)
    return mail


def _expected(mail: FakeMail, key: SearchKey, uid: int) -> bool:  # noqa: C901 -- one line for each kind of key
    """The plain meaning of a key for one message, straight from the octets."""
    flags, keywords, _ = mail.messages[uid]
    octets, received = mail.octets[uid], mail.received[uid]
    header, body = header_text(octets, scan(octets)), body_text(octets, scan(octets))
    match key:
        case Messages(messages, is_uid):
            count = max(mail.messages) if is_uid else len(mail.messages)
            number = uid if is_uid else sorted(mail.messages).index(uid) + 1
            return any(low <= number <= high for low, high in messages.resolved(count))
        case Flag(name, present):
            bits = {"\\Seen": Bit.SEEN, "\\Deleted": Bit.DELETED}
            has = bool(flags & bits[name]) if name in bits else name == "Work" and keywords == "work"
            return has is present
        case Header(field, text):
            return header_has(header, field.encode(), folded(text))
        case Text(scope, text):
            return folded(text) in body or (scope is Scope.TEXT and folded(text) in header)
        case Size(larger, size):
            return len(octets) > size if larger else len(octets) < size
        case Age(younger, seconds):
            return received >= NOW - seconds if younger else received <= NOW - seconds
        case Date(clock, comparison, day):
            return _dated(mail, uid, clock, comparison, day)
        case Not(inner):
            return not _expected(mail, inner, uid)
        case Or(left, right):
            return _expected(mail, left, uid) or _expected(mail, right, uid)
        case And(keys):
            return all(_expected(mail, inner, uid) for inner in keys)
    return True


def _dated(mail: FakeMail, uid: int, clock: Clock, comparison: Comparison, day: dt.date) -> bool:
    own: dt.date | None = dt.datetime.fromtimestamp(mail.received[uid], dt.UTC).date()
    if clock is Clock.SENT:
        own = {MESSAGES[0]: dt.date(2023, 11, 13), MESSAGES[2]: dt.date(2023, 11, 14)}.get(mail.octets[uid])
    if own is None:
        return False
    return {Comparison.BEFORE: own < day, Comparison.ON: own == day, Comparison.SINCE: own >= day}[comparison]


@settings(max_examples=300, deadline=None)
@given(st.lists(KEYS, min_size=1, max_size=3))
def test_it_finds_what_each_message_says(keys: list[SearchKey]) -> None:
    mail = _mail()

    async def search() -> list[int]:
        view = MailboxView(mail.as_mail(), MAILBOX)
        await view.refresh()
        return await find(mail.as_mail(), Selected(view, "box", is_read_only=True, modes=Modes()), keys, NOW)

    expected = [uid for uid in sorted(mail.messages) if all(_expected(mail, key, uid) for key in keys)]
    assert asyncio.run(search()) == expected


async def test_dear_keys_look_only_at_what_cheap_ones_left() -> None:
    mail = _mail()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    mail.calls.clear()
    selected = Selected(view, "box", is_read_only=True, modes=Modes())
    keys: list[SearchKey] = [Text(Scope.BODY, "x"), Messages(SequenceSet(((1, 1),)))]
    await find(mail.as_mail(), selected, keys, NOW)
    assert mail.calls == ["fetch"]
    await find(mail.as_mail(), selected, [Flag("\\Seen"), Flag("\\Seen", present=False), Text(Scope.BODY, "x")], NOW)
    assert mail.calls == ["fetch"]


async def test_rev2_knows_no_recent() -> None:
    mail = _mail()
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    selected = Selected(view, "box", is_read_only=True, modes=Modes())
    selected.recent_from = 4
    assert await find(mail.as_mail(), selected, [Flag("\\Recent")], NOW) == [4, 5, 6]
    selected.modes.rev2 = True
    assert await find(mail.as_mail(), selected, [Flag("\\Recent")], NOW) == []
