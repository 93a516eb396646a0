"""What happened to a mailbox since a client knew it: changed messages, and those that vanished (RFC 7162 §3.2.5-6).

The store's index finds what changed; nothing here looks at every message unless nearly every message has changed, or the store has
forgotten what went.
"""

from collections.abc import Sequence
from typing import NamedTuple

from posthouse.protocols.imap.commands.select import Resync
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet
from posthouse.protocols.imap.responses.mailbox import vanished_earlier
from posthouse.servers.imap.mailbox.ranges import Ranges, above, contains, gaps, runs
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.services.mail import Mail


class Since(NamedTuple):
    """What happened after a modification sequence."""

    changed: list[int]
    """UIDs of messages the client knows that are new or changed, ascending."""
    expunged: Sequence[int] | None
    """UIDs that went, ascending; None where that has been forgotten."""


async def since(mail: Mail, selected: Selected, mod_sequence: int) -> Since:
    """Ask what happened to the selected mailbox after ``mod_sequence``, as far as its view knows."""
    view = selected.view
    news = await mail.changes(selected.mailbox_id, mod_sequence)
    if news.changed.more:
        changed = [uid for uid, value in zip(view.uids, view.mod_sequences, strict=True) if value > mod_sequence]
    else:
        changed = selected.changed_since(news.changed.uids, mod_sequence)
    known = [uid for uid in changed if selected.number(uid) is not None]
    return Since(known, news.expunged if mod_sequence >= news.horizon else None)


def vanished(selected: Selected, expunged: Sequence[int] | None, asked: Ranges) -> bytes:
    """``* VANISHED (EARLIER)`` for what of ``asked`` went; what the client still counts is told by VANISHED later."""
    if expunged is not None:
        return vanished_earlier(runs(uid for uid in expunged if contains(asked, uid) and not selected.is_known(uid)))
    return vanished_earlier(gaps(selected.uids, asked))


async def resynchronise(mail: Mail, selected: Selected, resync: Resync) -> bytes:
    """Answer QRESYNC on a mailbox just opened, whose UIDVALIDITY is the one the client knows."""
    happened = await since(mail, selected, resync.mod_sequence)
    highest = selected.view.uid_next - 1
    asked = ((1, highest),) if resync.known_uids is None else resync.known_uids.resolved(highest)
    floor = _matching_uid(selected, resync)
    lines = [vanished(selected, happened.expunged, above(asked, floor))]
    lines += [selected.flags_line(uid) for uid in happened.changed if contains(asked, uid)]
    return b"".join(lines)


def _matching_uid(selected: Selected, resync: Resync) -> int:
    """Find the highest UID of the sample that still has its number: up to there the client has missed no expunge (§3.2.5.2)."""
    if resync.numbers is None or resync.uids is None:
        return 0
    uids = selected.uids
    highest = 0
    for number, uid, length in _stretches(resync.numbers, resync.uids):
        # UIDs less numbers never descend, so those that match stand side by side: the last of them is looked for by halves.
        low, high = number, min(number + length - 1, len(uids))
        while low <= high:
            middle = (low + high) // 2
            if uids[middle - 1] - middle <= uid - number:
                if uids[middle - 1] - middle == uid - number:
                    highest = max(highest, uids[middle - 1])
                low = middle + 1
            else:
                high = middle - 1
    return highest


def _stretches(numbers: SequenceSet, uids: SequenceSet) -> list[tuple[int, int, int]]:
    """Pair two sets of the same size, range by range: first number, first UID, length."""
    found = []
    left, right = list(numbers.ranges)[::-1], list(uids.ranges)[::-1]
    while left and right:
        (number, last_number), (uid, last_uid) = left.pop(), right.pop()
        length = min(last_number - number, last_uid - uid) + 1
        found.append((number, uid, length))
        if number + length <= last_number:
            left.append((number + length, last_number))
        if uid + length <= last_uid:
            right.append((uid + length, last_uid))
    return found
