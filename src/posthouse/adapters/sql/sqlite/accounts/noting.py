"""What accounts have reached is noted in their marks, about once a second while they change, off the path of those who do it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId

NOTE_SECONDS: Final = 1.0


class Noting:
    """One timer for all accounts of a process; it runs only while something changes."""

    def __init__(self, note: Callable[[AccountId], Awaitable[None]]) -> None:
        self._note = note
        self._changed: set[AccountId] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def changed(self, account_id: AccountId) -> None:
        """Note the account soon."""
        if not self._changed:
            asyncio.get_running_loop().call_later(NOTE_SECONDS, self._begin)
        self._changed.add(account_id)

    def stop(self) -> None:
        """Begin nothing more; accounts are noted when they are closed."""
        self._stopped = True

    def _begin(self) -> None:
        if not self._stopped:
            changed, self._changed = self._changed, set()
            self._task = asyncio.get_running_loop().create_task(self._run(changed))

    async def _run(self, changed: set[AccountId]) -> None:
        for account_id in changed:
            with contextlib.suppress(PosthouseError):
                await self._note(account_id)
