"""What happened since a client knew the mailbox, with and without the store's memory of expunges."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import MAILBOX, FakeMail

from posthouse.model.mailbox import Flag
from posthouse.protocols.imap.commands.select import Resync
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet, sequence_set
from posthouse.servers.imap.mailbox.resync import resynchronise, since
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes


def _set(text: str) -> SequenceSet:
    return sequence_set(Cursor(text.encode()))


async def _selected(mail: FakeMail) -> Selected:
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    return Selected(view, "box", is_read_only=False, modes=Modes(condstore=True, qresync=True))


def _third_ones() -> FakeMail:
    """Only every third of thirty messages is left, as in the example of RFC 7162 §3.2.5.2."""
    mail = FakeMail()
    for _ in range(30):
        mail.put()
    for uid in range(1, 31):
        if uid % 3:
            mail.expunge(uid)
    return mail


async def test_without_history_what_is_there_is_compared_with_what_is_known() -> None:
    mail = _third_ones()
    mail.forget_expunged()
    selected = await _selected(mail)
    lines = await resynchronise(mail.as_mail(), selected, Resync(1, 31, _set("1:12")))
    assert lines == b"* VANISHED (EARLIER) 1:2,4:5,7:8,10:11\r\n"
    lines = await resynchronise(mail.as_mail(), selected, Resync(1, 31))
    assert lines.endswith(b",25:26,28:29\r\n")


async def test_a_sample_of_numbers_spares_what_the_client_knows_to_be_gone() -> None:
    mail = _third_ones()
    mail.forget_expunged()
    selected = await _selected(mail)
    resync = Resync(1, 31, None, _set("2,4,6:9"), _set("6,12,18,21,24,28"))
    assert await resynchronise(mail.as_mail(), selected, resync) == b"* VANISHED (EARLIER) 25:26,28:29\r\n"
    all_known = Resync(1, 31, None, _set("1:10"), _set("3,6,9,12,15,18,21,24,27,30"))
    assert await resynchronise(mail.as_mail(), selected, all_known) == b""
    too_many = Resync(1, 31, None, _set("10:4000000000"), _set("30:4000000020"))
    assert await resynchronise(mail.as_mail(), selected, too_many) == b""
    nothing_fits = Resync(1, 31, _set("1:5"), _set("1:4000000000"), _set("1:4000000000"))
    assert await resynchronise(mail.as_mail(), selected, nothing_fits) == b"* VANISHED (EARLIER) 1:2,4:5\r\n"


async def test_a_sample_in_ranges_of_other_lengths() -> None:
    mail = FakeMail()
    for _ in range(9):
        mail.put()
    mail.expunge(5)
    mail.forget_expunged()
    selected = await _selected(mail)
    known = Resync(1, 1, None, _set("1:3,4:8"), _set("1:4,6:9"))
    assert b"VANISHED" not in await resynchronise(mail.as_mail(), selected, known)
    behind = Resync(1, mail.mod_sequence - 1, None, _set("1:8"), _set("1:8"))
    assert await resynchronise(mail.as_mail(), selected, behind) == b"* VANISHED (EARLIER) 5\r\n"


async def test_history_tells_what_went_and_what_changed() -> None:
    mail = _third_ones()
    selected = await _selected(mail)
    mail.flag(27, Flag.SEEN)
    await selected.view.refresh(forced=True)
    lines = await resynchronise(mail.as_mail(), selected, Resync(1, 49, _set("20:30")))
    assert lines == b"* VANISHED (EARLIER) 28:29\r\n* 9 FETCH (UID 27 FLAGS (\\Seen) MODSEQ (52))\r\n"


async def test_many_changes_are_found_in_the_arrays() -> None:
    mail = FakeMail(page_rows=3)
    for _ in range(10):
        mail.put()
    selected = await _selected(mail)
    for uid in range(2, 9):
        mail.flag(uid, Flag.SEEN)
    await selected.view.refresh(forced=True)
    mail.calls.clear()
    happened = await since(mail.as_mail(), selected, 11)
    assert happened.changed == list(range(2, 9))
    assert mail.calls == ["changes"]


ACTIONS = st.lists(st.tuples(st.sampled_from(["put", "flag", "expunge", "forget"]), st.integers(0, 30)), max_size=30)


@settings(max_examples=120)
@given(ACTIONS, ACTIONS)
def test_a_client_that_was_away_ends_with_the_truth(before: list[tuple[str, int]], away: list[tuple[str, int]]) -> None:
    asyncio.run(_come_back(before, away))


def _act(mail: FakeMail, actions: list[tuple[str, int]]) -> None:
    for action, number in actions:
        uid = sorted(mail.messages)[number % len(mail.messages)] if mail.messages else 0
        if action == "put":
            mail.put(flags=number)
        elif action == "forget":
            mail.forget_expunged()
        elif uid and action == "flag":
            mail.flag(uid, number)
        elif uid:
            mail.expunge(uid)


async def _come_back(before: list[tuple[str, int]], away: list[tuple[str, int]]) -> None:
    mail = FakeMail()
    _act(mail, before)
    known = {uid: row[0] for uid, row in mail.messages.items()}
    mod_sequence, uid_next = mail.mod_sequence, mail.uid_next
    _act(mail, away)
    selected = await _selected(mail)
    numbers = SequenceSet(((1, len(known)),)) if known else None
    uids = SequenceSet(tuple((uid, uid) for uid in sorted(known))) if known else None
    answer = await resynchronise(mail.as_mail(), selected, Resync(1, mod_sequence, None, numbers, uids))
    for line in answer.splitlines():
        if line.startswith(b"* VANISHED (EARLIER) "):
            for low, high in sequence_set(Cursor(line[21:])).ranges:
                known = {uid: flags for uid, flags in known.items() if not low <= uid <= high}
        else:
            uid = int(line.split()[4])
            known[uid] = selected.view.flags[selected.view.position(uid) or 0]
    assert {uid: flags for uid, flags in known.items() if uid < uid_next} == {
        uid: row[0] for uid, row in mail.messages.items() if uid < uid_next
    }
    assert known == {uid: row[0] for uid, row in mail.messages.items()}
