"""Letters to the owners of mailboxes that fill up (F2), into the mailbox, full or not.

Nothing of it happens while mail is delivered: the hint that every change gives anyway names the account, and a few of those that
were named are looked at every few seconds. How far its owner has been told lies in the account; a letter that was put in before
a crash is not put in again, since its delivery has the same id.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from posthouse.foundation.errors import NotFound, PosthouseError
from posthouse.foundation.ids import ID_OCTETS, AccountId
from posthouse.foundation.units import format_octets
from posthouse.model.account import Account, OwnerKind, Status
from posthouse.model.quota import Quota
from posthouse.model.settings.letters import QUOTA_LETTERS
from posthouse.services.house_entries import HouseEntries
from posthouse.services.letters.into_mailboxes import MailboxLetters
from posthouse.services.letters.wording import Wording, word, wording
from posthouse.services.settings import Settings

ENTRY: Final = "quota-told"
WAITING: Final = 100_000
"""Accounts that wait to be looked at; more are looked at after their next change."""
AT_ONCE: Final = 200
"""Accounts looked at in one go: what that costs is bounded, however much mail comes."""
CLEARLY: Final = 5
"""So many percent emptier a mailbox must be before its owner is told again."""
_log = logging.getLogger(__name__)


class Told(msgspec.Struct, frozen=True):
    """How far the owner of a mailbox has been told."""

    percent: int = 0
    letters: int = 0
    """Ever written."""


class QuotaLetters:
    """Looks at accounts whose mail has changed."""

    def __init__(self, letters: MailboxLetters, settings: Settings, is_ours: Callable[[AccountId], bool]) -> None:
        """``is_ours`` tells whether this process is the one that writes to an account."""
        self._letters = letters
        self._settings = settings
        self._is_ours = is_ours
        self._changed: dict[bytes, None] = {}
        """In the order they were named."""

    def named(self, topic: bytes) -> None:
        """Take a hint that an account has changed."""
        if len(topic) == ID_OCTETS and len(self._changed) < WAITING:
            self._changed[topic] = None

    async def write_due(self) -> int:
        """Look at some of the accounts that were named; tells how many letters that gave. Raises: Unavailable."""
        count = 0
        for name in list(self._changed)[:AT_ONCE]:
            del self._changed[name]
            account_id = AccountId(name)
            if not self._is_ours(account_id):
                continue
            try:
                count += await self._look(account_id)
            except NotFound:
                continue  # it has gone meanwhile
            except PosthouseError as error:
                _log.warning("nobody is told how full a mailbox is: %s", error)
        return count

    async def _look(self, account_id: AccountId) -> bool:
        account = await self._letters.directory.account(account_id)
        if account is None or account.kind is OwnerKind.GROUP or account.status is Status.REMOVED:
            return False
        if not (account.quota_octets or account.quota_messages):
            return False
        percents = await self._settings.get(QUOTA_LETTERS, domain=account.domain)
        if not percents:
            return False
        used = await self._letters.accounts.quota(account_id)
        entries = HouseEntries(self._letters.accounts, account_id)
        value = await entries.read(None, ENTRY)
        told = Told() if value is None else msgspec.json.decode(value, type=Told)
        full = _percent(used)
        kept = _reached(full + CLEARLY, (percent for percent in percents if percent <= told.percent))
        reached = max(_reached(full, percents), kept)
        if reached > kept:
            await self._letters.put(account, _letter(account, used), f"quota {told.letters} {reached}")
        if reached != told.percent:
            await entries.write(None, ENTRY, msgspec.json.encode(Told(reached, told.letters + (reached > kept))))
        return reached > kept


def _percent(used: Quota) -> float:
    """How full the fuller of octets and messages is."""
    shares = [(used.octets, used.octets_limit), (used.messages, used.messages_limit)]
    return max(100 * amount / limit for amount, limit in shares if limit) if any(limit for _, limit in shares) else 0.0


def _reached(full: float, percents: Iterable[int]) -> int:
    return max((percent for percent in percents if percent <= full), default=0)


def _letter(account: Account, used: Quota) -> Wording:
    by_messages = used.messages_limit and 100 * used.messages / used.messages_limit >= _percent(used)
    measures = (used.messages, used.messages_limit) if by_messages else (used.octets, used.octets_limit)
    shown = [word(account.language, "messages", count=str(n)) if by_messages else format_octets(n) for n in measures]
    words = {"address": account.address, "percent": str(int(_percent(used))), "used": shown[0], "limit": shown[1]}
    return wording(account.language, "quota", words)
