"""The inbox as it was when the session began: numbers, sizes, unique ids; and what is to be deleted at its end.

RFC 1939 §8 wants the maildrop locked. Nothing here needs a lock: the snapshot is the session's own, a message that
somebody else expunges meanwhile stays readable for the time of undelete, and deleting one that is gone is no error. So
a second device is never told that the mailbox is in use, not even while the connection of the first one hangs.

A unique id is the email's id, which no move, copy, reindex or restored backup changes. Two copies of one message in the inbox
have the same one, as RFC 1939 §7 allows.
"""

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Final

from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import ID_OCTETS, MailboxId, to_text
from posthouse.ports.account_store import EMAIL_ID, SIZE
from posthouse.servers.pop3.reading import Reading
from posthouse.services.mail import Mail

PAGE_MESSAGES: Final = 1_000
"""Messages that are listed before others have their turn."""


class Maildrop:
    """Compact: 28 octets a message. Numbers count from 1."""

    def __init__(self, mail: Mail, mailbox_id: MailboxId, budget: Budget) -> None:
        self.mailbox_id = mailbox_id
        self.retrieved: set[int] = set()
        """UIDs of the messages that the client has taken whole."""
        self._mail = mail
        self._uids = array("L")
        self._sizes = array("Q")
        self._ids = bytearray()
        self._size_octets = 0
        self._deleted: set[int] = set()
        self._reading = Reading(mail, mailbox_id, (self._uids, self._sizes), budget)

    async def load(self) -> None:
        """Take the snapshot. Raises: Unavailable."""
        after, more = 0, True
        while more:
            page = await self._mail.placements(self.mailbox_id, after)
            more = page.more
            if page.uids:
                after = page.uids[-1]
                await self._add(page.uids)
        self._size_octets = sum(self._sizes)

    async def _add(self, uids: list[int]) -> None:
        start = 0
        while start < len(uids):
            page = await self._mail.fetch(self.mailbox_id, uids, (SIZE, EMAIL_ID), start)
            for uid, size, email_id in page.rows:
                self._uids.append(uid)
                self._sizes.append(size)
                self._ids += email_id
            start = page.next_index

    def pages(self) -> Iterator[list[int]]:
        """Numbers of the messages not marked deleted, a page at a time."""
        numbers = (number for number in range(1, len(self._uids) + 1) if number not in self._deleted)
        while page := list(islice(numbers, PAGE_MESSAGES)):
            yield page

    def __len__(self) -> int:
        """Messages not marked deleted."""
        return len(self._uids) - len(self._deleted)

    @property
    def size_octets(self) -> int:
        """Their size."""
        return self._size_octets

    @property
    def uids(self) -> set[int]:
        """UIDs of all messages that are to stay."""
        uids = set(self._uids)
        uids.difference_update(self._uids[number - 1] for number in self._deleted)
        return uids

    def size(self, number: int) -> int:
        """Octets of a message. Raises: NotFound."""
        return self._sizes[self._index(number)]

    def unique_id(self, number: int) -> str:
        """The unique id of a message: it survives everything (RFC 1939 §7 UIDL). Raises: NotFound."""
        at = self._index(number) * ID_OCTETS
        return to_text(bytes(self._ids[at : at + ID_OCTETS]))

    async def read(self, number: int, start: int = 0) -> bytes:
        """Up to ``reading.PIECE_OCTETS`` of a message. Raises: NotFound, Unavailable."""
        index = self._index(number)
        return await (self._reading.later(index, start) if start else self._reading.first(index))

    def note_retrieved(self, number: int) -> None:
        """The client has got the whole message."""
        self.retrieved.add(self._uids[number - 1])

    def mark_deleted(self, number: int) -> None:
        """Mark a message. Raises: NotFound."""
        self._size_octets -= self._sizes[self._index(number)]
        self._deleted.add(number)

    def unmark(self) -> None:
        """Nothing is to be deleted any more."""
        self._deleted.clear()
        self._size_octets = sum(self._sizes)

    async def update(self, expired: set[int]) -> None:
        """Delete what is marked and what has expired, in one transaction. Raises: Unavailable; nothing is deleted then."""
        uids = {self._uids[number - 1] for number in self._deleted} | expired
        if uids:
            await self._mail.expunge(self.mailbox_id, sorted(uids), forced=True)

    def close(self) -> None:
        """Give back the memory that is held."""
        self._reading.forget()

    def _index(self, number: int) -> int:
        if not 1 <= number <= len(self._uids):
            raise NotFound(f"no such message, there are {len(self._uids)}")
        if number in self._deleted:
            raise NotFound(f"message {number} is deleted")
        return number - 1


async def open_maildrop(mail: Mail, budget: Budget) -> Maildrop:
    """The inbox of an account. Raises: Unavailable."""
    inbox = (await mail.mailboxes())[0]
    maildrop = Maildrop(mail, inbox.id, budget)
    await maildrop.load()
    return maildrop
