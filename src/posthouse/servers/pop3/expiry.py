"""Retrieved mail that is removed after a while (``pop3.expire_days``), when a POP3 program signs off.

Only what a POP3 program has taken whole counts; mail that nobody has retrieved, or that was read by IMAP alone, is never removed.
Two sessions that end at once may forget a retrieval of one of them: such a message is kept for longer.
"""

import logging
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.servers.pop3.maildrop import Maildrop
from posthouse.servers.pop3.retrieved import DAY_SECONDS, Retrieved
from posthouse.services.house_entries import HouseEntries

ENTRY: Final = "pop3-retrieved"
_log = logging.getLogger(__name__)


class Expiry:
    """The expiry of one session's maildrop; ``now`` is in seconds since 1970."""

    __slots__ = ("_days", "_entries", "_maildrop")

    def __init__(self, entries: HouseEntries, maildrop: Maildrop, days: int) -> None:
        self._entries = entries
        self._maildrop = maildrop
        self._days = days

    async def sign_off(self, now: float) -> None:
        """Delete what is marked and what has expired. Raises: Unavailable; nothing is deleted then."""
        today = int(now // DAY_SECONDS)
        known = await self._known(today)
        expired = known.until(today - self._days)
        await self._maildrop.update(expired)
        await self._remember(known, expired)

    async def break_off(self, now: float) -> None:
        """Nothing is deleted, but what the client has got it has got."""
        if not self._maildrop.retrieved:
            return
        try:
            known = await self._known(int(now // DAY_SECONDS))
        except PosthouseError as error:
            _log.warning("what a program has retrieved could not be read: %s", error)
        else:
            await self._remember(known, set())

    async def _known(self, today: int) -> Retrieved:
        known = Retrieved(await self._entries.read(self._maildrop.mailbox_id, ENTRY))
        known.add(self._maildrop.retrieved, today)
        return known

    async def _remember(self, known: Retrieved, expired: set[int]) -> None:
        """Write down what the next session is to know: of messages that are there, and of those that came meanwhile."""
        uids = self._maildrop.uids - expired
        newest = max(uids | expired, default=0)
        known.keep(lambda uid: uid in uids or uid > newest)
        try:
            await self._entries.write(self._maildrop.mailbox_id, ENTRY, known.octets())
        except PosthouseError as error:
            _log.warning("what a program has retrieved could not be written down: %s", error)
