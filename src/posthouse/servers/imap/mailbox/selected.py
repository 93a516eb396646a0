"""The selected mailbox as one session's client knows it: its message numbers, and what it must still be told.

A client is told of expunges only where the RFC allows (not during FETCH, STORE and SEARCH by number); until then the numbers it
knows stay valid, with the messages that are gone.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain

from posthouse.foundation.ids import MailboxId
from posthouse.protocols.imap.grammar.sequence_set import STAR, SequenceSet
from posthouse.protocols.imap.responses import fetch as fetch_response
from posthouse.protocols.imap.responses import mailbox as mailbox_response
from posthouse.protocols.imap.responses.codes import permanent_flags
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.flags import ANY, SYSTEM, to_wire
from posthouse.servers.imap.mailbox.view import MailboxView


class Selected:
    """One session's selection."""

    __slots__ = (
        "_keywords_told",
        "_removals_told",
        "_serial_told",
        "_uid_opened",
        "_uid_told",
        "is_read_only",
        "knows_all",
        "name",
        "recent_from",
        "rev2",
        "saved",
        "uids",
        "view",
    )

    def __init__(self, view: MailboxView, name: str, *, is_read_only: bool, rev2: bool) -> None:
        self.view = view
        self.name = name
        self.is_read_only = is_read_only
        self.rev2 = rev2
        """Whether the client speaks IMAP4rev2, which knows no Recent."""
        self.uids = view.uids
        """By message number, less one."""
        self.recent_from = view.uid_next
        """Messages with this UID or above are recent to this session."""
        self.saved: list[int] = []
        """UIDs found by the last SEARCH RETURN (SAVE)."""
        self.knows_all = False
        """The command being served knows what happened: the store need not be asked before it is answered."""
        self._uid_told = self._uid_opened = max(view.uid_next, view.uids[-1] + 1 if view.uids else 1)
        self._serial_told = view.serial
        self._removals_told = view.removals
        self._keywords_told = len(view.keyword_names)

    @property
    def mailbox_id(self) -> MailboxId:
        """Its mailbox."""
        return self.view.mailbox_id

    @property
    def has_arrivals(self) -> bool:
        """Whether messages came while it was selected."""
        return self._uid_told > self._uid_opened

    @property
    def recent_count(self) -> int:
        """Messages recent to this session."""
        return len(self.uids) - bisect_left(self.uids, self.recent_from)

    def flag_names(self) -> list[bytes]:
        """Flags that may be seen here."""
        return [*SYSTEM, *[name.encode() for name in self.view.keyword_names.values()]]

    def number(self, uid: int) -> int | None:
        """Message number of ``uid``, None where the client knows no such message."""
        position = bisect_left(self.uids, uid)
        return position + 1 if position < len(self.uids) and self.uids[position] == uid else None

    def numbers(self, uids: Sequence[int]) -> Sequence[int]:
        """Message numbers of ascending ``uids``, all of which the client knows."""
        if not uids:
            return ()
        start = bisect_left(self.uids, uids[0])
        if self.uids[start : start + len(uids)] == array("I", uids):
            return range(start + 1, start + 1 + len(uids))
        return [bisect_left(self.uids, uid, start) + 1 for uid in uids]

    def chosen(self, messages: SequenceSet, *, uid: bool) -> list[int]:
        """UIDs, ascending, of the messages a command means; unknown UIDs are passed over.

        Raises: Bad for a number above that of the last message (RFC 9051 §9 ``seq-number``).
        """
        if messages.is_saved:
            return [found for found in self.saved if self.number(found) is not None]
        if uid:
            largest = self.uids[-1] if self.uids else 0
            return _joined([self._between(low, high) for low, high in messages.resolved(largest)])
        count = len(self.uids)
        if any(count < high != STAR for _, high in messages.ranges):
            raise Bad("There is no message with this number")
        return _joined([self.uids[low - 1 : high] for low, high in messages.resolved(count)])

    def bits(self) -> bytes | bytearray:
        """System flags of all messages, one octet each; those that are gone have none."""
        if self.uids is self.view.uids:
            return self.view.flags
        positions = map(self.view.position, self.uids)
        return bytes([0 if position is None else self.view.flags[position] for position in positions])

    def flags_text(self, uid: int) -> bytes:
        """Flags of a message as they stand between the parentheses; those of one that is gone are Deleted."""
        position = self.view.position(uid)
        if position is None:
            return rb"\Deleted"
        return to_wire(self.view.flags[position], self.view.keywords.get(uid, ""), is_recent=self.is_recent(uid))

    def is_recent(self, uid: int) -> bool:
        """Whether the message is recent to this session."""
        return uid >= self.recent_from and not self.rev2

    def flags_line(self, uid: int) -> bytes:
        """``* n FETCH (UID u FLAGS (…))`` of a message the client knows."""
        number = self.number(uid) or 0
        return fetch_response.fetch(number, [fetch_response.uid(uid), b"FLAGS (%b)" % self.flags_text(uid)])

    def news(self, *, with_expunges: bool) -> bytes:
        """Untagged responses for everything that happened and may be told now."""
        lines: list[bytes] = []
        if with_expunges and self._removals_told != self.view.removals:
            lines += self._expunges()
        known = self._uid_told
        if self._arrivals():
            lines.append(mailbox_response.exists(len(self.uids)))
            if not self.rev2:
                lines.append(mailbox_response.recent(self.recent_count))
        lines += self.new_keywords()
        lines += self._flags(known)
        return b"".join(lines)

    def _expunges(self) -> Iterable[bytes]:
        """Tell of the messages that are gone, from the last to the first, so that no number has to be reckoned anew."""
        kept = set(self.view.uids)
        gone = [number for number, uid in enumerate(self.uids, 1) if uid not in kept]
        told = bisect_left(self.view.uids, self._uid_told)
        self.uids = self.view.uids if told == len(self.view.uids) else self.view.uids[:told]
        self._removals_told = self.view.removals
        return [mailbox_response.expunge(number) for number in reversed(gone)]

    def _arrivals(self) -> bool:
        """Take in messages with UIDs above all that were told."""
        view = self.view
        start = bisect_left(view.uids, self._uid_told)
        if start == len(view.uids):
            return False
        self._uid_told = view.uids[-1] + 1
        is_shared = self._removals_told == view.removals
        self.uids = view.uids if is_shared else self.uids + view.uids[start:]
        return True

    def new_keywords(self) -> Iterable[bytes]:
        """Tell of keywords that were not among FLAGS yet; FETCH must not name others (RFC 9051 §7.3.5)."""
        if self._keywords_told == len(self.view.keyword_names):
            return ()
        self._keywords_told = len(self.view.keyword_names)
        names = self.flag_names()
        permanent = [] if self.is_read_only else [*names, ANY]
        return mailbox_response.flags(names), untagged_ok("Flags permitted", permanent_flags(permanent))

    def _flags(self, uid_known: int) -> Iterable[bytes]:
        """Tell of flags that others changed, of messages below ``uid_known``; newer ones the client asks for itself."""
        view, told = self.view, self._serial_told
        if told == view.serial:
            return ()
        self._serial_told = view.serial
        if view.changes[0].serial > told + 1:
            changed: Iterable[int] = self.uids
        else:
            others = [change.uids for change in view.changes if change.serial > told and change.origin is not self]
            changed = sorted(set(chain.from_iterable(others)))
        return [self.flags_line(uid) for uid in changed if uid < uid_known and self.number(uid) and view.position(uid) is not None]

    def _between(self, low: int, high: int) -> "array[int]":
        return self.uids[bisect_left(self.uids, low) : bisect_left(self.uids, high + 1)]


def _joined(pieces: Iterable["array[int]"]) -> list[int]:
    return list(chain.from_iterable(pieces))
