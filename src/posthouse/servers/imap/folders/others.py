"""What others share, for LIST: as little is looked at as the patterns allow, a few accounts at a time.

Who shares anything is known from the directory; an account is opened only where a pattern reaches below its name. Of accounts
beyond ``OPENED``, and of those that cannot be reached, the level is listed: a client that goes there asks for that one alone.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account
from posthouse.model.mailbox import SEPARATOR
from posthouse.servers.imap.folders.by_name import Folder, Folders
from posthouse.servers.imap.folders.namespaces import TOPS, foreign, level_of, top_of
from posthouse.servers.imap.listing.pattern import Patterns
from posthouse.services.sharing.people import People

OPENED: Final = 500
"""Accounts opened by one LIST."""
AT_ONCE: Final = 8

_log = logging.getLogger(__name__)


class Others(NamedTuple):
    """What was found."""

    folders: list[Folder]
    levels: list[str]
    """Levels with something below that was not looked at."""


async def of_sharers(people: People, account_id: AccountId, folders: Folders, patterns: Patterns) -> Others:
    """What the patterns mean in the namespaces of others."""
    found = Others([], [])
    if not any(patterns.match(top) or patterns.reaches(top + SEPARATOR) for top in TOPS):
        return found
    waiting: list[Account] = []
    opened = 0
    after: AccountId | None = None
    while page := await people.sharers(account_id, after):
        after = page[-1].id
        for account in page:
            if opened < OPENED and patterns.reaches(level_of(account) + SEPARATOR):
                opened += 1
                waiting.append(account)
            elif patterns.reaches(top_of(account) + SEPARATOR):
                found.levels.append(level_of(account))
            elif top_of(account) not in found.levels:
                found.levels.append(top_of(account))
    await _look(folders, waiting, found)
    return found


async def of_names(people: People, folders: Folders, names: Iterable[str]) -> Others:
    """What the accounts share that these names lead to (subscriptions)."""
    found = Others([], [])
    accounts: dict[AccountId, Account] = {}
    addresses = {parts.address for parts in map(foreign, names) if parts is not None}
    for address in sorted(addresses)[:OPENED]:
        try:
            account = await people.named(address)
        except PosthouseError:
            continue
        if account.id != folders.own.account_id:
            accounts[account.id] = account
    await _look(folders, list(accounts.values()), found)
    found.levels.clear()
    return found


async def _look(folders: Folders, accounts: Collection[Account], found: Others) -> None:
    """Ask accounts for what they share, a few at a time."""
    waiting = list(accounts)
    while waiting:
        some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        answers = await asyncio.gather(*[folders.listed(account) for account in some], return_exceptions=True)
        for account, answer in zip(some, answers, strict=True):
            if isinstance(answer, PosthouseError):
                _log.warning("what %s shares could not be read: %s", account.address, answer)
                found.levels.append(level_of(account))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.folders.extend(answer)
