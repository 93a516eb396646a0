"""Text search in the account's own database (port ``TextSearch``), in its reader's turn, a few hundredths of a second at a time."""

import time
from collections.abc import Sequence
from typing import Final

import apsw

from posthouse.adapters.search.matching import Matcher
from posthouse.adapters.search.scanning import ScanningTextSearch
from posthouse.adapters.sql.rooms import place_of
from posthouse.adapters.sql.sqlite.accounts.looking import FEW_ROWS, SqliteAccountReader
from posthouse.adapters.sql.sqlite.accounts.transactions.text_search import Sought, find
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.projection import Projections
from posthouse.ports.search import Found, TextColumns, TextQuery

TURN_SECONDS: Final = 0.01
"""How long one transaction looks before others get a turn."""


SHORT_TEXTS: Final = "projection_summary"
"""Where the texts of single fields lie; those of a screenful are looked at on the event loop."""


class SqliteTextSearch:
    """Searches what the projections of an account store hold."""

    def __init__(self, accounts: SqliteAccountReader, columns: TextColumns, projections: Projections) -> None:
        self._accounts = accounts
        self._columns = columns
        self._scan = ScanningTextSearch(accounts, columns, projections)

    async def find(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery, start: int = 0
    ) -> Found:
        """Which messages match; messages that lack the texts have them made."""
        matcher = Matcher(query, self._columns)
        if matcher.is_hopeless:
            return Found([], [], len(uids))
        end = 0.0

        def is_time() -> bool:
            return time.perf_counter() >= end

        def look(db: apsw.Connection) -> Sought:
            nonlocal end
            end = time.perf_counter() + TURN_SECONDS
            return find(db, mailbox_id, uids, matcher, start, is_time)

        if len(uids) - start <= FEW_ROWS and all(place_of(column).table == SHORT_TEXTS for column in matcher.columns):
            sought = await self._accounts.glance_if(account_id, look, lambda _: True)
        else:
            sought = await self._accounts.look(account_id, look)
        found = sought.found
        while sought.unknown:
            made = await self._scan.find(account_id, mailbox_id, sought.unknown, query)
            found = sorted([*found, *zip(made.uids, made.scores, strict=True)])
            del sought.unknown[: made.next_index]
        return Found([uid for uid, _ in found], [score for _, score in found], sought.next_index)
