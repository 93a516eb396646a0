"""The inbox as it was when the session began: numbers, sizes, unique ids; and what is to be deleted at its end.

RFC 1939 §8 wants the maildrop locked. Nothing here needs a lock: the snapshot is the session's own, a message that
somebody else expunges meanwhile stays readable for the time of undelete, and deleting one that is gone is no error. So
a second device is never told that the mailbox is in use.
"""

from array import array
from collections.abc import Iterator

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import ID_OCTETS, MailboxId, to_text
from posthouse.ports.account_store import EMAIL_ID, SIZE
from posthouse.services.mail import Mail


class Maildrop:
    """Compact: 28 octets a message. Numbers count from 1."""

    def __init__(self, mail: Mail, mailbox_id: MailboxId) -> None:
        self._mail = mail
        self._mailbox_id = mailbox_id
        self._uids = array("L")
        self._sizes = array("Q")
        self._ids = bytearray()
        self._deleted: set[int] = set()

    async def load(self) -> None:
        """Take the snapshot. Raises: Unavailable."""
        after, more = 0, True
        while more:
            page = await self._mail.placements(self._mailbox_id, after)
            more = page.more
            if page.uids:
                after = page.uids[-1]
                await self._add(page.uids)

    async def _add(self, uids: list[int]) -> None:
        start = 0
        while start < len(uids):
            page = await self._mail.fetch(self._mailbox_id, uids, (SIZE, EMAIL_ID), start)
            for uid, size, email_id in page.rows:
                self._uids.append(uid)
                self._sizes.append(size)
                self._ids += email_id
            start = page.next_index

    def numbers(self) -> Iterator[int]:
        """Numbers of the messages not marked deleted."""
        return (number for number in range(1, len(self._uids) + 1) if number not in self._deleted)

    def __len__(self) -> int:
        """Messages not marked deleted."""
        return len(self._uids) - len(self._deleted)

    @property
    def size_octets(self) -> int:
        """Their size."""
        return sum(self._sizes) - sum(self._sizes[number - 1] for number in self._deleted)

    def size(self, number: int) -> int:
        """Octets of a message. Raises: NotFound."""
        return self._sizes[self._index(number)]

    def unique_id(self, number: int) -> str:
        """The unique id of a message: it survives everything (RFC 1939 §7 UIDL). Raises: NotFound."""
        at = self._index(number) * ID_OCTETS
        return to_text(bytes(self._ids[at : at + ID_OCTETS]))

    async def read(self, number: int, start: int, length: int) -> bytes:
        """Octets of a message. Raises: NotFound, Unavailable."""
        return await self._mail.read(self._mailbox_id, self._uids[self._index(number)], start, length)

    def mark_deleted(self, number: int) -> None:
        """Mark a message. Raises: NotFound."""
        self._index(number)
        self._deleted.add(number)

    def unmark(self) -> None:
        """Nothing is to be deleted any more."""
        self._deleted.clear()

    async def update(self) -> None:
        """Delete what is marked, in one transaction. Raises: Unavailable; nothing is deleted then."""
        if self._deleted:
            uids = sorted(self._uids[number - 1] for number in self._deleted)
            await self._mail.expunge(self._mailbox_id, uids, forced=True)
            self._deleted.clear()

    def _index(self, number: int) -> int:
        if not 1 <= number <= len(self._uids):
            raise NotFound(f"no such message, there are {len(self._uids)}")
        if number in self._deleted:
            raise NotFound(f"message {number} is deleted")
        return number - 1


async def open_maildrop(mail: Mail) -> Maildrop:
    """The inbox of an account. Raises: Unavailable."""
    inbox = (await mail.mailboxes())[0]
    maildrop = Maildrop(mail, inbox.id)
    await maildrop.load()
    return maildrop
