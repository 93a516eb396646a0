"""The messages of one mailbox as this process knows them: compact arrays, shared by all sessions that have it open.

A view only ever learns: from ``changes`` of the store, and from what this process's own commands did. Its arrays change in place,
so that one arrival or one expunge costs the same in a mailbox of any size; sessions are told which messages go before they go, and
keep what their client has not been told of (``selected.py``).
"""

import asyncio
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import PlacementPage
from posthouse.servers.imap.mailbox.columns import Columns
from posthouse.services.mail import Mail

STRETCH: Final = 16
"""So many messages that follow each other are worth dealing with at once."""
REMEMBERED_CHANGES: Final = 256
"""Sets of flag changes that sessions can catch up with one by one; who is further behind looks at every message."""


class FlagsChanged(NamedTuple):
    """Flags of ``uids`` have changed; ``origin`` is who did it and knows."""

    serial: int
    uids: Sequence[int]
    origin: object | None


class Follower(Protocol):
    """A session that has the mailbox open."""

    def lost(self, uids: Sequence[int]) -> None:
        """Hear that messages (ascending) are going, while the view still has them and its old modification sequence."""
        ...


class MailboxView:
    """UIDs, flags, modification sequences and keywords of one mailbox."""

    __slots__ = (
        "_columns",
        "_highest",
        "_lock",
        "_mail",
        "changes",
        "followers",
        "is_gone",
        "is_stale",
        "keyword_names",
        "keywords",
        "listeners",
        "looked_at",
        "mailbox_id",
        "mod_sequence",
        "serial",
        "shape",
        "uid_next",
    )

    def __init__(self, mail: Mail, mailbox_id: MailboxId) -> None:
        self._mail = mail
        self._lock = asyncio.Lock()
        self._columns = Columns()
        self.mailbox_id = mailbox_id
        self.keywords: dict[int, str] = {}
        """By UID, of the few messages that have any."""
        self.keyword_names: dict[str, str] = {}
        """Every keyword seen here: in lower case to its spelling."""
        self.mod_sequence = 0
        """Everything up to here is known."""
        self._highest = 0
        self.uid_next = 1
        self.shape = 0
        """Raised whenever messages come or go: positions are good while it stays."""
        self.serial = 0
        """How often flags have changed."""
        self.changes: deque[FlagsChanged] = deque(maxlen=REMEMBERED_CHANGES)
        self.is_stale = True
        self.is_gone = False
        """The mailbox was deleted, or may not be read any more."""
        self.looked_at = 0.0
        """When the store was last asked, on the event loop's clock."""
        self.listeners: set[Callable[[], None]] = set()
        """Sessions that wait for news."""
        self.followers: set[Follower] = set()
        """Sessions that have it selected."""

    @property
    def mail(self) -> Mail:
        """The mail it is in, as those see it who have it open."""
        return self._mail

    @property
    def uids(self) -> "array[int]":
        """UIDs, ascending; altered in place."""
        return self._columns.uids

    @property
    def flags(self) -> bytearray:
        """System flags, one octet each; altered in place."""
        return self._columns.flags

    @property
    def mod_sequences(self) -> "array[int]":
        """Modification sequences; altered in place."""
        return self._columns.mod_sequences

    @property
    def is_ahead(self) -> bool:
        """Whether something later than ``mod_sequence`` is known, but perhaps not everything before it."""
        return self._highest > self.mod_sequence

    async def refresh(self, *, forced: bool = False) -> None:
        """Learn what has happened; asks the store only when a hint came, or when ``forced``."""
        async with self._lock:
            if self.is_gone or not (forced or self.is_stale):
                return
            if self.is_stale:
                self._mail.look_again()
            self.is_stale = False
            self.looked_at = asyncio.get_running_loop().time()
            try:
                if not self.mod_sequence:
                    await self._load()
                await self._catch_up()
            except (NotFound, NotPermitted):
                if not self.mod_sequence:
                    raise  # it has never been open
                self.is_gone = True
                self._remove(self.uids[:])
            except BaseException:
                self.is_stale = True
                raise

    def learn(self, page: PlacementPage, origin: object | None) -> None:
        """Take in new flags and new messages; ``origin`` need not be told of the flags."""
        uids = self.uids
        tail = bisect_left(page.uids, uids[-1] + 1 if uids else 0)
        changed = self._learn_stretch(page, tail) or self._learn_each(page, tail)
        if tail < len(page.uids):
            self._add(page, tail)
        if changed:
            self.serial += 1
            self.changes.append(FlagsChanged(self.serial, changed, origin))
        self._highest = max(self._highest, max(page.mod_sequences, default=0))

    def _learn_stretch(self, page: PlacementPage, tail: int) -> Sequence[int]:
        """Take in the first ``tail`` rows at once where they are many, follow each other here, and are all newer; else nothing."""
        if tail < STRETCH or self.keywords or any(page.keywords):
            return ()
        start = bisect_left(self.uids, page.uids[0])
        end = start + tail
        if self.uids[start:end] != array("I", page.uids[:tail]):
            return ()
        if max(self.mod_sequences[start:end]) >= min(page.mod_sequences[:tail]):
            return ()
        self.flags[start:end] = bytes(page.flags[:tail])
        self.mod_sequences[start:end] = array("Q", page.mod_sequences[:tail])
        return page.uids[:tail]

    def _learn_each(self, page: PlacementPage, tail: int) -> Sequence[int]:
        """Take in those of the first ``tail`` rows that are newer than what is known of their messages."""
        changed: list[int] = []
        uids, sequences = self.uids, self.mod_sequences
        for uid, bits, keywords, mod_sequence in zip(page.uids[:tail], page.flags, page.keywords, page.mod_sequences, strict=False):
            position = bisect_left(uids, uid)
            if uids[position] == uid and sequences[position] < mod_sequence:
                self.flags[position] = bits
                sequences[position] = mod_sequence
                self._set_keywords(uid, keywords)
                changed.append(uid)
        return changed

    def learn_own(self, page: PlacementPage, origin: object) -> bool:
        """Take in what a command of this process has stored.

        Returns: whether nothing else happened meanwhile: every change of an account has the next number.
        """
        if not page.mod_sequences:
            return False
        is_next = page.mod_sequences[0] == self.mod_sequence + 1
        self.learn(page, origin)
        if is_next:
            self.mod_sequence += 1
        return is_next

    def position(self, uid: int) -> int | None:
        """Find where ``uid`` stands in the arrays; None when it is not there (any more)."""
        uids = self.uids
        position = bisect_left(uids, uid)
        return position if position < len(uids) and uids[position] == uid else None

    async def _load(self) -> None:
        """Read the whole mailbox, page by page, as of now or later."""
        self._columns = Columns()
        mailbox = await self._mail.mailbox(self.mailbox_id)
        page = await self._mail.placements(self.mailbox_id)
        self._add(page, 0)
        while page.more:
            page = await self._mail.placements(self.mailbox_id, page.uids[-1])
            self._add(page, 0)
        self.mod_sequence = mailbox.mod_sequence
        self.uid_next = mailbox.uid_next

    async def _catch_up(self) -> None:
        """Read what changed since ``mod_sequence``; later pages may be newer than the first, which the next time sorts out."""
        since = self.mod_sequence
        first = news = await self._mail.changes(self.mailbox_id, since)
        self.learn(news.changed, None)
        while news.changed.more:
            news = await self._mail.changes(self.mailbox_id, since, news.changed.uids[-1])
            self.learn(news.changed, None)
        self._remove(first.expunged if since >= first.horizon else await self._vanished())
        self.mod_sequence = max(self.mod_sequence, first.mod_sequence)
        self.uid_next = max(self.uid_next, first.uid_next)

    async def _vanished(self) -> list[int]:
        """Compare with what is there, where the store has forgotten what went."""
        known = self.uids[:]
        page = await self._mail.placements(self.mailbox_id)
        present = set(page.uids)
        while page.more:
            page = await self._mail.placements(self.mailbox_id, page.uids[-1])
            present.update(page.uids)
        return [uid for uid in known if uid not in present]

    def _add(self, page: PlacementPage, start: int) -> None:
        """Append the messages of a page from ``start`` on, whose UIDs are above all known ones."""
        self._columns.extend(page.uids[start:], page.flags[start:], page.mod_sequences[start:])
        self.shape += 1
        for uid, keywords in zip(page.uids[start:], page.keywords[start:], strict=True):
            if keywords:
                self._set_keywords(uid, keywords)

    def _remove(self, uids: Sequence[int]) -> None:
        """Forget messages (ascending); those not known are passed over."""
        positions = self._positions(uids)
        if not positions:
            return
        known = [self.uids[position] for position in positions]
        for follower in self.followers:
            follower.lost(known)
        self._columns.remove(positions)
        self.shape += 1
        if self.keywords:
            for uid in known:
                self.keywords.pop(uid, None)

    def _positions(self, uids: Sequence[int]) -> Sequence[int]:
        """Find where those of ``uids`` (ascending) stand that are known."""
        if len(uids) >= STRETCH:
            start = bisect_left(self.uids, uids[0])
            if self.uids[start : start + len(uids)] == array("I", uids):
                return range(start, start + len(uids))
        found = map(self.position, uids)
        return [position for position in found if position is not None]

    def _set_keywords(self, uid: int, keywords: str) -> None:
        if keywords:
            self.keywords[uid] = keywords
            for keyword in keywords.split():
                self.keyword_names.setdefault(keyword.lower(), keyword)
        else:
            self.keywords.pop(uid, None)
