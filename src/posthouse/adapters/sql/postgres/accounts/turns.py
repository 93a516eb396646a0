"""Changes of one account wait for each other here, so that a busy account holds one connection and not all there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId

PENDING: Final = 5_000
"""Changes that may wait for one account; beyond it the answer is ``Unavailable``."""


class Turns:
    """First come, first served, for each account by itself."""

    def __init__(self) -> None:
        self._waiting: dict[AccountId, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, account_id: AccountId) -> AsyncIterator[None]:
        """Have the account for oneself, among the tasks of this process. Raises: Unavailable."""
        lock, waiting = self._waiting.get(account_id) or (asyncio.Lock(), 0)
        if waiting >= PENDING:
            raise Unavailable("too many transactions wait for this account")
        self._waiting[account_id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._waiting[account_id]
            if waiting > 1:
                self._waiting[account_id] = (lock, waiting - 1)
            else:
                del self._waiting[account_id]
