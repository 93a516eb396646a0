"""Letters about what expires (A10): to owners before their mailbox or one of their app passwords does, and to administrators.

How far an owner has been told lies in the account, and is remembered here: each account is read once, not at every look.
"""

import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotFound, PosthouseError, Refused
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, Credential, CredentialKind, Domain, Due, OwnerKind, Status
from posthouse.model.role import Role
from posthouse.model.settings.letters import EXPIRY_ADMINISTRATORS, EXPIRY_LETTERS
from posthouse.ports.directory import DirectoryReader
from posthouse.services.house_entries import HouseEntries
from posthouse.services.letters.into_mailboxes import MailboxLetters
from posthouse.services.letters.wording import wording
from posthouse.services.receive.recipients import POSTMASTER, Recipients
from posthouse.services.settings import Settings

ENTRY: Final = "expiry-told"
ACCOUNT: Final = "account"
DAY: Final = 86_400
PAGE: Final = 1_000
REMEMBERED: Final = 100_000
NAMED: Final = 200
"""Addresses in one letter to administrators; of more it tells how many."""
T = TypeVar("T", Account, Credential)
_TOLD: Final = msgspec.json.Decoder(dict[str, tuple[float, int]])
_log = logging.getLogger(__name__)


class ExpiryLetters:
    """Looks at what expires soon."""

    def __init__(self, letters: MailboxLetters, settings: Settings) -> None:
        self._letters = letters
        self._directory = letters.directory
        self._settings = settings
        self._known: set[tuple[bytes, float, int]] = set()
        """What (an id), when it expires, and how many days before its owner has been told."""
        self._told_domains: set[tuple[str, dt.date]] = set()

    async def write_due(self) -> int:
        """Write what is due; tells how many letters that gave. Raises: Unavailable."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        count = 0
        now = self._letters.clock.now()
        days = await self._longest()
        together: dict[tuple[str, dt.date], list[str]] = {}
        async for account in _pages(lambda at, limit: self._accounts(now + days * DAY, at, limit), _expiry, now):
            if account.status is Status.REMOVED or account.kind is OwnerKind.GROUP:
                continue
            count += await self._safely(account, self._tell_owner(account, None))
            together.setdefault((account.domain, _last_day(_expiry(account))), []).append(account.address)
        async for credential in _pages(lambda at, limit: self._credentials(now + days * DAY, at, limit), _expiry, now):
            owner = await self._directory.account(credential.account_id)
            if credential.kind is CredentialKind.APP_PASSWORD and owner is not None and owner.status is not Status.REMOVED:
                count += await self._safely(owner, self._tell_owner(owner, credential))
        for (key, day), addresses in together.items():
            count += await self._tell_administrators(key, day, addresses)
        return count

    async def _accounts(self, until: float, since: float, limit: int) -> Sequence[Account]:
        return await self._directory.accounts_due(Due.EXPIRY, until, since, limit)

    async def _credentials(self, until: float, since: float, limit: int) -> Sequence[Credential]:
        return await self._directory.credentials_due(until, since, limit)

    async def _longest(self) -> int:
        """The most days before that anybody is told."""
        longest = 0
        for key in ("", *(domain.key for domain in await self._directory.domains())):
            days = await self._settings.get(EXPIRY_LETTERS, domain=key)
            longest = max(longest, await self._settings.get(EXPIRY_ADMINISTRATORS, domain=key), *days)
        return longest

    async def _safely(self, account: Account, telling: Awaitable[bool]) -> bool:
        try:
            return await telling
        except PosthouseError as error:
            _log.warning("%s is not told what expires: %s", account.address, error)
            return False

    async def _tell_owner(self, account: Account, credential: Credential | None) -> bool:
        """Write to an owner about the account or one of its app passwords, if a further letter is due."""
        expires_at = _expiry(account if credential is None else credential)
        days = await self._settings.get(EXPIRY_LETTERS, domain=account.domain)
        left = (expires_at - self._letters.clock.now()) / DAY
        due = min((day for day in days if left <= day), default=0)
        made_at = 0.0 if credential is None else credential.created_at
        if not due or (credential is not None and made_at > expires_at - due * DAY):
            return False  # who has just chosen that date knows it
        name, key = (ACCOUNT, account.id) if credential is None else (to_text(credential.id), credential.id)
        if (key, expires_at, due) in self._known:
            return False
        entries = HouseEntries(self._letters.accounts, account.id)
        value = await entries.read(None, ENTRY)
        told = {} if value is None else _TOLD.decode(value)
        is_new = not (name in told and told[name][0] == expires_at and told[name][1] <= due)
        if is_new:
            words = {"address": account.address, "name": "" if credential is None else credential.name}
            words |= {"date": _last_day(expires_at).isoformat()}
            about = "expiry" if credential is None else "app_password_expiry"
            await self._letters.put(account, wording(account.language, about, words), f"expiry {name} {expires_at} {due}")
            current = {each: known for each, known in told.items() if known[0] > self._letters.clock.now()}
            await entries.write(None, ENTRY, msgspec.json.encode(current | {name: (expires_at, due)}))
        self._known.add((key, expires_at, due))
        return is_new

    async def _tell_administrators(self, key: str, day: dt.date, addresses: list[str]) -> int:
        """Write one letter about all mailboxes of a domain that expire on a day, once."""
        domain = await self._directory.domain(key)
        today = dt.datetime.fromtimestamp(self._letters.clock.now(), dt.UTC).date()
        days = await self._settings.get(EXPIRY_ADMINISTRATORS, domain=key)
        if domain is None or (key, day) in self._told_domains or (day - today).days >= days:
            return 0
        self._told_domains.add((key, day))
        listed = "\n".join(sorted(addresses)[:NAMED]) + (f"\n… {len(addresses) - NAMED}" if len(addresses) > NAMED else "")
        count = 0
        for reader in await _administrators(self._directory, domain):
            words = {"domain": domain.name, "date": day.isoformat(), "addresses": listed}
            letter = self._letters.put(reader, wording(reader.language, "expiries", words), f"expiries {key} {day}")
            count += await self._safely(reader, letter)
        return count


async def _administrators(directory: DirectoryReader, domain: Domain) -> list[Account]:
    """Who administers a domain: its own accounts that do, else whoever has mail to its postmaster here."""
    found: list[Account] = []
    after = ""
    while page := await directory.accounts(domain.key, after, PAGE):
        after = page[-1].key
        found += [a for a in page if a.role is Role.DOMAIN_ADMINISTRATOR and domain.key in a.reach and a.status is Status.ACTIVE]
    if found:
        return found
    try:
        return list((await Recipients(directory).resolve(Address(POSTMASTER, domain.name))).accounts)
    except (NotFound, Refused):
        return []


async def _pages(ask: Callable[[float, int], Awaitable[Sequence[T]]], at: Callable[[T], float], since: float) -> AsyncIterator[T]:
    """All that comes after a moment, page by page; what comes at one moment may be more than a page."""
    limit = PAGE
    while True:
        page = await ask(since, limit)
        last = at(page[-1]) if len(page) == limit else None
        whole = [each for each in page if last is None or at(each) < last]
        for each in whole:
            yield each
        if last is None:
            return
        if whole:
            since, limit = at(whole[-1]), PAGE
        else:
            limit *= 2


def _expiry(what: Account | Credential) -> float:
    assert what.expires_at is not None
    return what.expires_at


def _last_day(expires_at: float) -> dt.date:
    """The last day (UTC) something can be used on."""
    return dt.datetime.fromtimestamp(expires_at - 1, dt.UTC).date()
