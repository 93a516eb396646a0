"""The selected mailbox as one session's client knows it: its message numbers, and what it must still be told.

A client is told of expunges only where the RFC allows (not during FETCH, STORE and SEARCH by number); until then the numbers it
knows stay valid, with the messages that are gone. What it knows is kept as a difference to the shared view: the UIDs below
``_uid_told``, and among them those that are gone. A session costs nothing while there is no difference.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile
from typing import Final, NamedTuple, Protocol

from posthouse.foundation.ids import MailboxId
from posthouse.model.sharing.rights import ALL_RIGHTS, Right
from posthouse.protocols.imap.grammar.sequence_set import STAR, SequenceSet
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import fetch as fetch_response
from posthouse.protocols.imap.responses import mailbox as mailbox_response
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.flags import ANY, BITS, SYSTEM, to_wire
from posthouse.servers.imap.mailbox.ranges import contains
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes
from posthouse.services.mail import Mail
from posthouse.services.sharing.rules import settable

PORTION: Final = 1_000
"""Messages told of at once."""


_SYSTEM_BITS: Final = tuple([(name, int(BITS[name.decode()])) for name in SYSTEM])


class Wanted(NamedTuple):
    """Of what the client wants to be told (RFC 5465)."""

    messages: bool = True
    """That messages come and go."""
    flags: bool = True
    """That their flags change."""


class KeptResult(Protocol):
    """The result of a search that is kept up to date."""

    def losing(self, uids: Sequence[int]) -> bytes:
        """Tell who leaves it because these messages (ascending) are gone, before they lose their numbers."""
        ...

    async def changed(self) -> bytes:
        """Tell who leaves or joins it because flags have changed, or mail has come."""
        ...


class Selected:
    """One session's selection. It follows its view until ``close``."""

    __slots__ = (
        "_gone",
        "_keywords_told",
        "_known_before_loss",
        "_sequence_told",
        "_serial_told",
        "_snapshot",
        "_uid_opened",
        "_uid_told",
        "answers_sequence",
        "is_end_told",
        "is_read_only",
        "knows_all",
        "modes",
        "name",
        "owes_losses",
        "recent_from",
        "results",
        "rights",
        "saved",
        "view",
        "wants",
    )

    def __init__(self, view: MailboxView, name: str, *, is_read_only: bool, modes: Modes) -> None:
        self.view = view
        self.name = name
        self.is_read_only = is_read_only
        self.modes = modes
        self.rights: Right = ALL_RIGHTS
        """When it was opened: what the client is told. What it does is judged anew each time."""
        self.recent_from = view.uid_next
        """Messages with this UID or above are recent to this session."""
        self.saved: list[int] = []
        """UIDs found by the last SEARCH RETURN (SAVE)."""
        self.results: dict[bytes, KeptResult] = {}
        """By tag what SEARCH RETURN (UPDATE) has found (RFC 5267)."""
        self.knows_all = False
        """The command being served knows what happened: the store need not be asked before it is answered."""
        self.wants = Wanted()
        self.owes_losses = False
        """The command being served expunges: that is told whatever else is wanted."""
        self.is_end_told = False
        """The client has been told that the mailbox is not shared any more."""
        self.answers_sequence = False
        """The command being served tells HIGHESTMODSEQ in its answer."""
        self._uid_told = self._uid_opened = max(view.uid_next, view.uids[-1] + 1 if view.uids else 1)
        self._gone = array("I")
        self._known_before_loss: int | None = None
        """Modification sequence up to which the client may believe that it knows everything while it is not told of losses."""
        self._snapshot: tuple[tuple[int, int, int], array[int]] | None = None
        self._serial_told = view.serial
        self._sequence_told = view.mod_sequence
        self._keywords_told = len(view.keyword_names)
        view.followers.add(self)

    def close(self) -> None:
        """Follow the view no longer."""
        self.view.followers.discard(self)

    @property
    def mailbox_id(self) -> MailboxId:
        """Its mailbox."""
        return self.view.mailbox_id

    @property
    def mail(self) -> Mail:
        """The mail it is in."""
        return self.view.mail

    @property
    def rev2(self) -> bool:
        """Whether the client speaks IMAP4rev2, which knows no Recent."""
        return self.modes.rev2

    @property
    def uid_told(self) -> int:
        """The client has been told of the messages below this UID."""
        return self._uid_told

    @property
    def has_arrivals(self) -> bool:
        """Whether messages came while it was selected."""
        return self._uid_told > self._uid_opened

    # Message numbers

    def __len__(self) -> int:
        """Messages the client knows."""
        return bisect_left(self.view.uids, self._uid_told) + len(self._gone)

    @property
    def uids(self) -> "array[int]":
        """UIDs by message number, less one, as they are now: a copy, which stays as it is."""
        key = self.view.shape, len(self._gone), self._uid_told
        if self._snapshot is None or self._snapshot[0] != key:
            self._snapshot = key, self._between(1, self._uid_told - 1)
        return self._snapshot[1]

    @property
    def recent_count(self) -> int:
        """Messages recent to this session."""
        return len(self) - self._below(self.recent_from)

    def number(self, uid: int) -> int | None:
        """Message number of ``uid``, None where the client knows no such message."""
        if uid >= self._uid_told:
            return None
        uids, gone = self.view.uids, self._gone
        here = bisect_left(uids, uid)
        if not gone:
            return here + 1 if here < len(uids) and uids[here] == uid else None
        lost = bisect_left(gone, uid)
        is_known = (here < len(uids) and uids[here] == uid) or (lost < len(gone) and gone[lost] == uid)
        return here + lost + 1 if is_known else None

    def numbers(self, uids: Sequence[int]) -> Sequence[int]:
        """Message numbers of ascending ``uids``, all of which the client knows."""
        if not uids:
            return ()
        known, gone = self.view.uids, self._gone
        if gone:
            return [bisect_left(known, uid) + bisect_left(gone, uid) + 1 for uid in uids]
        start = bisect_left(known, uids[0])
        if known[start : start + len(uids)] == array("I", uids):
            return range(start + 1, start + 1 + len(uids))
        return [bisect_left(known, uid, start) + 1 for uid in uids]

    def chosen(self, messages: SequenceSet, *, uid: bool) -> list[int]:
        """UIDs, ascending, of the messages a command means; unknown UIDs are passed over.

        Raises: Bad for a number above that of the last message (RFC 9051 §9 ``seq-number``).
        """
        if messages.is_saved:
            return [found for found in self.saved if self.number(found) is not None]
        count = len(self)
        if uid:
            return _joined([self._between(low, high) for low, high in messages.resolved(self._uid_of(count) if count else 0)])
        self._require(messages, count)
        # ``9:*`` may name a number above the last one.
        ranges = [(low, min(high, count)) for low, high in messages.resolved(count)]
        return _joined([self._between(self._uid_of(low), self._uid_of(high)) for low, high in ranges])

    def changed_since(self, uids: Sequence[int], mod_sequence: int) -> list[int]:
        """Choose from ``uids`` (ascending) the messages with a higher modification sequence; what is gone has none."""
        found: list[int] = []
        sequences = self.view.mod_sequences
        for uid in uids:
            position = self.view.position(uid)
            if position is not None and sequences[position] > mod_sequence:
                found.append(uid)
        return found

    def is_known(self, uid: int) -> bool:
        """Whether the client knows such a message, gone or not."""
        return self.number(uid) is not None

    def among(self, messages: SequenceSet, uids: Iterable[int], *, uid: bool) -> list[int]:
        """Choose those of ``uids``, all of which the client knows, that a command means.

        Raises: Bad as ``chosen`` does.
        """
        if messages.is_saved:
            saved = set(self.saved)
            return [found for found in uids if found in saved]
        count = len(self)
        if uid:
            ranges = messages.resolved(self._uid_of(count) if count else 0)
            return [found for found in uids if contains(ranges, found)]
        self._require(messages, count)
        ranges = messages.resolved(count)
        return [found for found in uids if contains(ranges, self.number(found) or 0)]

    @property
    def gone(self) -> Sequence[int]:
        """Messages that are gone and of which the client has not been told, ascending."""
        return self._gone

    def missing(self, uids: Iterable[int]) -> bool:
        """Whether one of ``uids``, all of which the client knows, is gone."""
        return bool(self._gone) and any(self.view.position(uid) is None for uid in uids)

    # Flags

    def flag_names(self) -> list[bytes]:
        """Flags that may be seen here."""
        return [*SYSTEM, *[name.encode() for name in self.view.keyword_names.values()]]

    def permanent_flags(self) -> list[bytes]:
        """Flags that the client may change for good (RFC 4314 §5.1.1)."""
        if self.is_read_only:
            return []
        allowed = int(settable(self.rights))
        names = [name for name, bit in _SYSTEM_BITS if bit & allowed]
        if self.rights & Right.WRITE:
            names += [*[name.encode() for name in self.view.keyword_names.values()], ANY]
        return names

    def bits(self) -> bytes:
        """System flags of all messages the client knows, one octet each; those that are gone have none."""
        if not self._gone:
            return bytes(self.view.flags[: len(self)])
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
        return uid >= self.recent_from and not self.modes.rev2

    def mod_sequence(self, uid: int) -> int:
        """Modification sequence of a message; of one that is gone, one that promises nothing."""
        position = self.view.position(uid)
        return self.view.mod_sequences[position] if position is not None else max(1, self._known_before_loss or 1)

    # Telling

    def flags_line(self, uid: int, *, is_silent: bool = False) -> bytes:
        """``* n FETCH (UID u FLAGS (…) MODSEQ (m))`` of a message the client knows; ``is_silent``: without the flags."""
        items = [] if self.modes.uid_only else [fetch_response.uid(uid)]
        if not is_silent:
            items.append(b"FLAGS (%b)" % self.flags_text(uid))
        if self.modes.condstore:
            items.append(fetch_response.mod_sequence(self.mod_sequence(uid)))
        if self.modes.uid_only:
            return fetch_response.uid_fetch(uid, items)
        return fetch_response.fetch(self.number(uid) or 0, items)

    def lost(self, uids: Sequence[int]) -> None:
        """Remember messages that are gone, to tell of them when that is allowed; the client never heard of the newest."""
        told = uids[: bisect_left(uids, self._uid_told)]
        if not told:
            return
        if self._known_before_loss is None:
            self._known_before_loss = self.view.mod_sequence
        if len(told) == 1:
            insort(self._gone, told[0])
        else:
            self._gone = array("I", sorted(chain(self._gone, told)))

    def news(self, *, with_expunges: bool) -> Iterator[bytes]:
        """Untagged responses for everything that happened and may be told now, in portions: others may have a turn in between."""
        self._snapshot = None
        wants_messages = self.wants.messages or self.owes_losses
        self.owes_losses = False
        with_expunges = with_expunges and wants_messages
        told_losses = with_expunges and bool(self._gone)
        while with_expunges and self._gone:
            yield self._losses()
        known = self._uid_told
        if wants_messages and self._arrivals():
            yield mailbox_response.exists(len(self))
            if not self.modes.rev2:
                yield mailbox_response.recent(self.recent_count)
        yield from self.new_keywords()
        changed = self._changed(known) if self.wants.flags else []
        for start in range(0, len(changed), PORTION):
            some = changed[start : start + PORTION]
            yield b"".join([self.flags_line(uid) for uid in some if self.view.position(uid) is not None])
        if self._owes_sequence(told_losses):
            yield untagged_ok(self.modes.say("Known up to here"), codes.highest_mod_sequence(self.safe_sequence))
        self.answers_sequence = False

    def _owes_sequence(self, told_losses: bool) -> bool:
        """Whether the client would else believe something wrong of what it knows: too much, or after VANISHED too little."""
        if not self.modes.condstore:
            return False
        return bool(self._gone) or self.view.is_ahead or (told_losses and self.modes.qresync and not self.answers_sequence)

    @property
    def safe_sequence(self) -> int:
        """Modification sequence up to which the client has been told of everything (RFC 7162 §3.2, §6)."""
        return max(1, self.view.mod_sequence if self._known_before_loss is None else self._known_before_loss)

    def _losses(self) -> bytes:
        """Tell of messages that are gone, from the last to the first, so that no number has to be reckoned anew."""
        start = 0 if self.modes.says_vanished else max(0, len(self._gone) - PORTION)
        gone = self._gone[start:]
        del self._gone[start:]
        if not start:
            self._known_before_loss = None
        if self.modes.says_vanished:
            return mailbox_response.vanished(gone)
        uids = self.view.uids
        numbers = [bisect_left(uids, uid) + index + 1 for index, uid in enumerate(gone, start)]
        return b"".join(map(mailbox_response.expunge, reversed(numbers)))

    def _arrivals(self) -> bool:
        """Take in messages with UIDs above all that were told."""
        uids = self.view.uids
        if not uids or uids[-1] < self._uid_told:
            return False
        self._uid_told = uids[-1] + 1
        return True

    def new_keywords(self) -> Iterable[bytes]:
        """Tell of keywords that were not among FLAGS yet; FETCH must not name others (RFC 9051 §7.3.5)."""
        if self._keywords_told == len(self.view.keyword_names):
            return ()
        self._keywords_told = len(self.view.keyword_names)
        permanent = codes.permanent_flags(self.permanent_flags())
        return mailbox_response.flags(self.flag_names()), untagged_ok(self.modes.say("Flags permitted"), permanent)

    def _changed(self, uid_known: int) -> list[int]:
        """Find the messages below ``uid_known`` whose flags others changed; of newer ones the client asks itself."""
        view, told = self.view, self._serial_told
        sequence, self._sequence_told = self._sequence_told, view.mod_sequence
        if told == view.serial:
            return []
        self._serial_told = view.serial
        if view.changes[0].serial > told + 1:
            changed: Iterable[int] = [uid for uid, since in zip(view.uids, view.mod_sequences, strict=True) if since > sequence]
        else:
            latest = takewhile(lambda change: change.serial > told, reversed(view.changes))
            others = [change.uids for change in latest if change.origin is not self]
            changed = sorted(set(chain.from_iterable(others)))
        return [uid for uid in changed if uid < uid_known]

    # Between numbers and UIDs

    @staticmethod
    def _require(messages: SequenceSet, count: int) -> None:
        if any(count < high != STAR for _, high in messages.ranges):
            raise Bad("There is no message with this number")

    def _below(self, uid: int) -> int:
        """Count the messages the client knows below ``uid``."""
        return bisect_left(self.view.uids, min(uid, self._uid_told)) + bisect_left(self._gone, uid)

    def _uid_of(self, number: int) -> int:
        """UID of a message number the client knows."""
        uids, gone = self.view.uids, self._gone
        lost = bisect_left(range(len(gone)), number, key=lambda index: bisect_left(uids, gone[index]) + index + 1)
        if lost < len(gone) and bisect_left(uids, gone[lost]) + lost + 1 == number:
            return gone[lost]
        return uids[number - 1 - lost]

    def _between(self, low: int, high: int) -> "array[int]":
        """UIDs from ``low`` to ``high``, both included, that the client knows."""
        end = min(high + 1, self._uid_told)
        uids = self.view.uids
        here = uids[bisect_left(uids, low) : bisect_left(uids, end)]
        if not self._gone:
            return here
        lost = self._gone[bisect_left(self._gone, low) : bisect_left(self._gone, end)]
        return array("I", sorted(chain(here, lost))) if lost else here


def _joined(pieces: Iterable["array[int]"]) -> list[int]:
    return list(chain.from_iterable(pieces))
