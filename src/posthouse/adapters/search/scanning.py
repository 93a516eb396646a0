"""Text search over any account store: its pages of projections are looked at one by one."""

from collections.abc import Sequence
from typing import Final

from posthouse.adapters.search.matching import Matcher
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.account_store import AccountReader
from posthouse.ports.projection import Projections
from posthouse.ports.search import Found, TextColumns, TextQuery

PAGE: Final = 64
"""Messages looked at before others get a turn."""


class ScanningTextSearch:
    """Looks at every message (port ``TextSearch``)."""

    def __init__(self, accounts: AccountReader, columns: TextColumns, projections: Projections) -> None:
        self._accounts = accounts
        self._columns = columns
        self._projections = projections

    async def find(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery, start: int = 0
    ) -> Found:
        """Which messages match, a page at a time."""
        matcher = Matcher(query, self._columns)
        if matcher.is_hopeless:
            return Found([], [], len(uids))
        some = uids[start : start + PAGE]
        page = await self._accounts.fetch(account_id, mailbox_id, some, matcher.columns)
        found, scores = [], []
        for uid, *texts in page.rows:
            is_whole = None not in texts
            if score := matcher.score(texts if is_whole else await self._made(account_id, mailbox_id, uid, matcher)):
                found.append(uid)
                scores.append(score)
        return Found(found, scores, start + page.next_index)

    async def _made(self, account_id: AccountId, mailbox_id: MailboxId, uid: int, matcher: Matcher) -> list[bytes]:
        """Make the texts that the store has not made yet."""
        octets = await self._accounts.read(account_id, mailbox_id, uid)
        part = scan(octets)
        return [self._projections[column](octets, part) for column in matcher.columns]
