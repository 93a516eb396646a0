"""Searching finds the same as looking at each message with each key."""

import asyncio
import datetime as dt
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import ACCOUNT, MAILBOX, FakeMail, open_rows, texts_of

from posthouse.formats.collation import casemap
from posthouse.formats.fuzzy import Fuzzy as RoughText
from posthouse.formats.header.searchable import lines
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.budget import Budget
from posthouse.protocols.imap.commands.search.keys import (
    Age,
    All,
    And,
    Clock,
    Comparison,
    Date,
    Flag,
    Fuzzy,
    Header,
    Messages,
    ModSequence,
    Not,
    ObjectId,
    ObjectKind,
    Or,
    SaveDateSupported,
    Scope,
    SearchKey,
    Size,
    Text,
)
from posthouse.protocols.imap.grammar.sequence_set import STAR, SequenceSet
from posthouse.protocols.imap.projections.search_text import body_text
from posthouse.servers.imap.object_ids import email_object_id
from posthouse.servers.imap.searching.catalogues import Catalogues
from posthouse.servers.imap.searching.finder import Finder, Hits

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
    st.builds(ModSequence, st.integers(1, 9)),
    st.just(SaveDateSupported()),
)
KEYS: st.SearchStrategy[SearchKey] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Fuzzy, inner),
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


def _lines(octets: bytes) -> list[tuple[bytes, bytes]]:
    part = scan(octets)
    return [(line.name, line.text) for line in lines(octets, part.header_start, part.body_start)]


def _says(octets: bytes, key: Header | Text, *, fuzzily: bool) -> bool:
    """The plain meaning of a key about texts."""
    fields = _lines(octets)
    if isinstance(key, Header):
        texts = [body for name, body in fields if name == key.field.upper().encode()]
    else:
        in_header = [name + b": " + body for name, body in fields] if key.scope is Scope.TEXT else []
        texts = [*in_header, body_text(octets, scan(octets))]
    if fuzzily and (fuzzy := RoughText(key.text)):
        return fuzzy.score(b"\n".join(texts)) > 0
    return any(casemap(key.text) in text for text in texts)


def _expected(mail: FakeMail, key: SearchKey, uid: int, *, fuzzily: bool = False) -> bool:  # noqa: C901 -- one line for each kind of key
    """The plain meaning of a key for one message, straight from the octets."""
    flags, keywords, mod_sequence = mail.messages[uid]
    octets, received = mail.octets[uid], mail.received[uid]
    match key:
        case Messages(messages, is_uid):
            count = max(mail.messages) if is_uid else len(mail.messages)
            number = uid if is_uid else sorted(mail.messages).index(uid) + 1
            return any(low <= number <= high for low, high in messages.resolved(count))
        case Flag(name, present):
            bits = {"\\Seen": 1, "\\Deleted": 8}
            has = bool(flags & bits[name]) if name in bits else name == "Work" and keywords == "work"
            return has is present
        case Header() | Text():
            return _says(octets, key, fuzzily=fuzzily)
        case Size(larger, size):
            return len(octets) > size if larger else len(octets) < size
        case Age(younger, seconds):
            return received >= NOW - seconds if younger else received <= NOW - seconds
        case Date(clock, comparison, day):
            return _dated(mail, uid, clock, comparison, day)
        case ModSequence(least):
            return mod_sequence >= least
        case Not(inner):
            return not _expected(mail, inner, uid, fuzzily=fuzzily)
        case Fuzzy(inner):
            return _expected(mail, inner, uid, fuzzily=True)
        case Or(left, right):
            return any(_expected(mail, inner, uid, fuzzily=fuzzily) for inner in (left, right))
        case And(keys):
            return all(_expected(mail, inner, uid, fuzzily=fuzzily) for inner in keys)
    return True


def _dated(mail: FakeMail, uid: int, clock: Clock, comparison: Comparison, day: dt.date) -> bool:
    seconds = mail.received[uid] + (FakeMail.SAVED_LATER if clock is Clock.SAVED else 0)
    own: dt.date | None = dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    if clock is Clock.SENT:
        own = {MESSAGES[0]: dt.date(2023, 11, 13), MESSAGES[2]: dt.date(2023, 11, 14)}.get(mail.octets[uid])
    if own is None:
        return False
    return {Comparison.BEFORE: own < day, Comparison.ON: own == day, Comparison.SINCE: own >= day}[comparison]


async def _find(mail: FakeMail, keys: Sequence[SearchKey], among: Sequence[int] | None = None) -> Hits:
    rows = await open_rows(mail)
    catalogue = Catalogues(Budget(1_000_000)).of(ACCOUNT, MAILBOX)
    mail.calls.clear()
    return await Finder(rows, catalogue, texts_of(mail), NOW).find(keys, among)


@settings(max_examples=300, deadline=None)
@given(st.lists(KEYS, min_size=1, max_size=3), st.none() | st.sets(st.integers(1, 9)))
def test_it_finds_what_each_message_says(keys: list[SearchKey], among: set[int] | None) -> None:
    mail = _mail()
    hits = asyncio.run(_find(mail, keys, None if among is None else sorted(among)))
    expected = [uid for uid in sorted(mail.messages) if all(_expected(mail, key, uid) for key in keys)]
    assert hits.uids == [uid for uid in expected if among is None or uid in among]
    assert [uid for uid, found in zip(hits.rows.uids, hits.mask, strict=True) if found] == hits.uids


async def test_dear_keys_look_only_at_what_cheap_ones_left() -> None:
    mail = _mail()
    await _find(mail, [Text(Scope.BODY, "x"), Messages(SequenceSet(((1, 1),)))])
    assert mail.calls == ["fetch"]
    await _find(mail, [Text(Scope.BODY, "x"), Flag("\\Seen"), Flag("\\Seen", present=False)])
    assert mail.calls == []


async def test_an_object_id_is_that_of_a_message() -> None:
    mail = _mail()
    wanted = email_object_id(mail.email_id(2)).decode()
    assert (await _find(mail, [ObjectId(ObjectKind.EMAIL, wanted)])).uids == [2]
    assert (await _find(mail, [ObjectId(ObjectKind.THREAD, wanted)])).uids == []


async def test_fuzzy_keys_say_how_well_they_match() -> None:
    mail = _mail()
    hits = await _find(mail, [Fuzzy(Header("subject", "grusse"))])
    assert hits.uids == [2, 6]
    assert all(0 < hits.scores[uid] <= 100 for uid in hits.uids)
    assert (await _find(mail, [Header("subject", "grusse")])).uids == []


async def test_rev2_knows_no_recent() -> None:
    mail = _mail()
    rows = await open_rows(mail)
    rows.selected.recent_from = 4
    catalogue = Catalogues(Budget(1_000_000)).of(ACCOUNT, MAILBOX)
    assert (await Finder(rows, catalogue, texts_of(mail), NOW).find([Flag("\\Recent")])).uids == [4, 5, 6]
    rows.selected.modes.rev2 = True
    assert (await Finder(rows, catalogue, texts_of(mail), NOW).find([Flag("\\Recent")])).uids == []
