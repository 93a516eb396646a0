"""The messages of one mailbox as this process knows them: compact arrays, shared by all sessions that have it open.

A view only ever learns: from ``changes`` of the store, and from what this process's own commands did. ``uids`` is replaced, never
altered, so that sessions which have not yet told their client of an expunge go on with the list they had.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Final, NamedTuple

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import PlacementPage
from posthouse.services.mail import Mail

REMEMBERED_CHANGES: Final = 256
"""Sets of flag changes that sessions can catch up with one by one; who is further behind looks at every message."""


class FlagsChanged(NamedTuple):
    """Flags of ``uids`` have changed; ``origin`` is who did it and knows."""

    serial: int
    uids: Sequence[int]
    origin: object | None


class MailboxView:
    """UIDs, flags, modification sequences and keywords of one mailbox."""

    __slots__ = (
        "_lock",
        "_mail",
        "changes",
        "flags",
        "is_gone",
        "is_stale",
        "keyword_names",
        "keywords",
        "listeners",
        "looked_at",
        "mailbox_id",
        "mod_sequence",
        "mod_sequences",
        "removals",
        "serial",
        "uid_next",
        "uids",
    )

    def __init__(self, mail: Mail, mailbox_id: MailboxId) -> None:
        self._mail = mail
        self._lock = asyncio.Lock()
        self.mailbox_id = mailbox_id
        self.uids = array("I")
        self.flags = bytearray()
        self.mod_sequences = array("Q")
        self.keywords: dict[int, str] = {}
        """By UID, of the few messages that have any."""
        self.keyword_names: dict[str, str] = {}
        """Every keyword seen here: in lower case to its spelling."""
        self.mod_sequence = 0
        self.uid_next = 1
        self.removals = 0
        """How often messages have gone."""
        self.serial = 0
        """How often flags have changed."""
        self.changes: deque[FlagsChanged] = deque(maxlen=REMEMBERED_CHANGES)
        self.is_stale = True
        self.is_gone = False
        """The mailbox was deleted."""
        self.looked_at = 0.0
        """When the store was last asked, on the event loop's clock."""
        self.listeners: set[Callable[[], None]] = set()
        """Sessions that wait for news."""

    async def refresh(self, *, forced: bool = False) -> None:
        """Learn what has happened; asks the store only when a hint came, or when ``forced``."""
        async with self._lock:
            if self.is_gone or not (forced or self.is_stale):
                return
            self.is_stale = False
            self.looked_at = asyncio.get_running_loop().time()
            try:
                if not self.mod_sequence:
                    await self._load()
                await self._catch_up()
            except NotFound:
                self.is_gone = True
                self._remove(self.uids)
            except BaseException:
                self.is_stale = True
                raise

    def learn(self, page: PlacementPage, origin: object | None) -> None:
        """Take in new flags and new messages; ``origin`` need not be told of the flags."""
        changed: list[int] = []
        known = len(self.uids)
        last = self.uids[-1] if known else 0
        tail = bisect_left(page.uids, last + 1)
        for uid, bits, keywords, mod_sequence in zip(page.uids[:tail], page.flags, page.keywords, page.mod_sequences, strict=False):
            position = bisect_left(self.uids, uid)
            if self.uids[position] == uid and self.mod_sequences[position] < mod_sequence:
                self.flags[position] = bits
                self.mod_sequences[position] = mod_sequence
                self._set_keywords(uid, keywords)
                changed.append(uid)
        if tail < len(page.uids):
            self._add(page, tail)
        if changed:
            self.serial += 1
            self.changes.append(FlagsChanged(self.serial, changed, origin))

    def learn_own(self, page: PlacementPage, origin: object) -> bool:
        """Take in what a command of this process has stored.

        Returns: whether nothing else happened meanwhile: every change of an account has the next number.
        """
        is_next = bool(page.mod_sequences) and page.mod_sequences[0] == self.mod_sequence + 1
        self.learn(page, origin)
        if is_next:
            self.mod_sequence += 1
        return is_next

    def position(self, uid: int) -> int | None:
        """Find where ``uid`` stands in the arrays; None when it is not there (any more)."""
        position = bisect_left(self.uids, uid)
        return position if position < len(self.uids) and self.uids[position] == uid else None

    async def _load(self) -> None:
        """Read the whole mailbox, page by page, as of now or later."""
        self.uids, self.flags, self.mod_sequences = array("I"), bytearray(), array("Q")
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
        if first.expunged:
            self._remove(first.expunged)
        self.mod_sequence = first.mod_sequence
        self.uid_next = max(self.uid_next, first.uid_next)

    def _add(self, page: PlacementPage, start: int) -> None:
        """Append the messages of a page from ``start`` on, whose UIDs are above all known ones."""
        self.uids = self.uids + array("I", page.uids[start:])
        self.flags += bytes(page.flags[start:])
        self.mod_sequences.extend(page.mod_sequences[start:])
        for uid, keywords in zip(page.uids[start:], page.keywords[start:], strict=True):
            if keywords:
                self._set_keywords(uid, keywords)

    def _remove(self, uids: Sequence[int]) -> None:
        """Forget messages; those not known are passed over."""
        keep = bytearray(b"\x01") * len(self.uids)
        for uid in uids:
            position = self.position(uid)
            if position is not None:
                keep[position] = 0
                self.keywords.pop(uid, None)
        if 0 in keep:
            self.uids = array("I", compress(self.uids, keep))
            self.flags = bytearray(compress(self.flags, keep))
            self.mod_sequences = array("Q", compress(self.mod_sequences, keep))
            self.removals += 1

    def _set_keywords(self, uid: int, keywords: str) -> None:
        if keywords:
            self.keywords[uid] = keywords
            for keyword in keywords.split():
                self.keyword_names.setdefault(keyword.lower(), keyword)
        else:
            self.keywords.pop(uid, None)
