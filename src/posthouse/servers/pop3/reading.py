"""Octets of messages. Programs take one message after the other: a page of small ones is read at once, ahead of the client.

What is read ahead is paid for from the worker's purse; when that is empty each message is read by itself.
"""

from array import array
from typing import Final

from posthouse.foundation.budget import Budget
from posthouse.foundation.ids import MailboxId
from posthouse.ports.account_store import OCTETS
from posthouse.services.mail import Mail

PIECE_OCTETS: Final = 262_144
"""Octets of a message that are held at once."""
PAGE_OCTETS: Final = 262_144
"""Octets that are read ahead at once."""
PAGE_MESSAGES: Final = 64


class Reading:
    """Reads the messages of one maildrop, whose UIDs and sizes it is given."""

    __slots__ = ("_ahead", "_budget", "_is_paid", "_mail", "_mailbox_id", "_next", "_sizes", "_uids")

    def __init__(self, mail: Mail, mailbox_id: MailboxId, columns: tuple["array[int]", "array[int]"], budget: Budget) -> None:
        self._mail = mail
        self._mailbox_id = mailbox_id
        self._uids, self._sizes = columns
        self._budget = budget
        self._next = -1
        """The message after the last one read."""
        self._ahead: dict[int, bytes] = {}
        """By index: messages read and not asked for yet."""
        self._is_paid = False

    async def first(self, index: int) -> bytes:
        """The first ``PIECE_OCTETS`` of a message. Raises: NotFound, Unavailable."""
        if index not in self._ahead:
            self.forget()
            if index == self._next:
                await self._read_ahead(index)
        self._next = index + 1
        octets = self._ahead.pop(index, None)
        if not self._ahead:
            self.forget()
        return octets if octets is not None else await self.later(index, 0)

    async def later(self, index: int, start: int) -> bytes:
        """A later piece of a message. Raises: NotFound, Unavailable."""
        return await self._mail.read(self._mailbox_id, self._uids[index], start, PIECE_OCTETS)

    def forget(self) -> None:
        """Give back what is held."""
        self._ahead = {}
        if self._is_paid:
            self._is_paid = False
            self._budget.give(PAGE_OCTETS)

    async def _read_ahead(self, index: int) -> None:
        uids = self._uids[index : index + self._fitting(index)].tolist()
        if len(uids) < 2 or not self._budget.take(PAGE_OCTETS):
            return
        self._is_paid = True
        try:
            page = await self._mail.fetch(self._mailbox_id, uids, (OCTETS,))
            places = {uid: index + place for place, uid in enumerate(uids)}
            self._ahead = {places[uid]: octets for uid, octets in page.rows if octets is not None}
        finally:
            if not self._ahead:
                self.forget()

    def _fitting(self, index: int) -> int:
        """How many messages from here on fit into a page."""
        room = PAGE_OCTETS
        sizes = self._sizes[index : index + PAGE_MESSAGES]
        for count, size in enumerate(sizes):
            room -= size
            if room < 0:
                return count
        return len(sizes)
