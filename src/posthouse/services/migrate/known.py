"""What a mailbox holds already, so that bringing mail in again brings nothing twice."""

import hashlib
from collections import Counter
from collections.abc import Callable

from posthouse.formats.header.fields import header_end
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.account_store import SIZE, AccountReader

Fingerprint = bytes


def fingerprint(header: bytes, size_octets: int) -> Fingerprint:
    """What makes a message recognisable: its header and its size."""
    return hashlib.blake2b(header, digest_size=16, salt=size_octets.to_bytes(16, "big")).digest()


def fingerprint_of(message: bytes) -> Fingerprint:
    """The same of whole octets."""
    return fingerprint(message[: header_end(message)], len(message))


class Known:
    """The messages of one mailbox by fingerprint, with their number: two equal ones stay two."""

    def __init__(self, fingerprints: Counter[Fingerprint]) -> None:
        self._left = fingerprints

    def take(self, message: bytes) -> bool:
        """Whether the message is there; each one that is there answers once."""
        mark = fingerprint_of(message)
        if not self._left[mark]:
            return False
        self._left[mark] -= 1
        return True


async def known_in(accounts: AccountReader, account_id: AccountId, mailbox_id: MailboxId, header_column: str) -> Known:
    """Read a mailbox's fingerprints; ``header_column`` is the projection that holds the header block."""
    found: Counter[Fingerprint] = Counter()
    after, more = 0, True
    while more:
        page = await accounts.placements(account_id, mailbox_id, after)
        await _read(accounts, (account_id, mailbox_id), page.uids, header_column, lambda mark: found.update([mark]))
        after, more = (page.uids[-1] if page.uids else 0), page.more
    return Known(found)


async def _read(
    accounts: AccountReader,
    place: tuple[AccountId, MailboxId],
    uids: list[int],
    header_column: str,
    take: Callable[[Fingerprint], None],
) -> None:
    start = 0
    while start < len(uids):
        page = await accounts.fetch(*place, uids, [SIZE, header_column], start)
        for _, size, header in page.rows:
            take(fingerprint(header, size))
        start = page.next_index
