"""What accounts have reached is noted in their marks, about once a second while they change, off the path of those who do it."""

import asyncio
from collections.abc import Callable
from typing import Final

from posthouse.foundation.ids import AccountId

NOTE_SECONDS: Final = 1.0


class Noting:
    """One timer for all accounts of a process; it runs only while something changes."""

    def __init__(self, note: Callable[[AccountId], None]) -> None:
        self._note = note
        self._changed: set[AccountId] = set()
        self._stopped = False

    def changed(self, account_id: AccountId) -> None:
        """Note the account soon."""
        if not self._changed:
            asyncio.get_running_loop().call_later(NOTE_SECONDS, self._run)
        self._changed.add(account_id)

    def stop(self) -> None:
        """Begin nothing more; accounts are noted when they are closed."""
        self._stopped = True

    def _run(self) -> None:
        changed, self._changed = self._changed, set()
        for account_id in changed:
            if not self._stopped:
                self._note(account_id)
