"""What an address stands for: accounts of this house, other houses, or nobody."""

from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from posthouse.formats.address.key import address_key, domain_key, local_part_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, Retired, TemporaryFailure
from posthouse.model.account import Account, OwnerKind, Receiving, Status
from posthouse.ports.directory import DirectoryReader

TARGETS: Final = 1_000
"""Addresses one alias may come to, the ones between included."""
POSTMASTER: Final = "postmaster"
SUBADDRESS: Final = "+"
REPORT_NAMES: Final = frozenset({"dmarc-reports", "tls-reports"})
"""Where reports about our domains come to, where nobody else has the address."""
NO_SUCH_MAILBOX: Final = "no such mailbox here"


class Closed(TemporaryFailure):
    """A mailbox is kept from receiving for a while."""


class Resolved(msgspec.Struct, frozen=True):
    """Where mail for one address goes."""

    accounts: tuple[Account, ...] = ()
    foreign: tuple[Address, ...] = ()
    groups: tuple[Account, ...] = ()
    """Accounts of groups, whose members are looked up when the message is sent on."""
    reports: bool = False
    """It is for who reads the reports of others (``services.reports``)."""
    hopeless: bool = False
    """Nobody has it; the message is kept for it so that its sender is notified."""


class Recipients:
    """Looks addresses up in the directory. Every verb raises Unavailable when it cannot be read."""

    def __init__(self, directory: DirectoryReader) -> None:
        self._directory = directory

    async def resolve(self, address: Address, *, relay: bool = False) -> Resolved:
        """Where mail for the address goes; ``relay`` allows any foreign address.

        Raises: NotFound (nobody has it); Retired (somebody had it); Closed (not now); NotPermitted (it is not ours); Invalid.
        """
        if not await self.is_ours(address):
            if not relay:
                raise NotPermitted("this server does not relay to that domain")
            return Resolved(foreign=(address,))
        account = await self._account(address)
        if account is not None:
            if _receiving(account).forwards_to or not account.keeps_mail:
                return await self._expand([account.address], set())
            if await self._is_group(account):
                return Resolved(groups=(account,))
            return Resolved(accounts=(account,))
        targets = await self._targets(address)
        if targets is not None:
            return await self._expand(targets, {address_key(address)})
        if local_part_key(address.local_part) == POSTMASTER:
            return Resolved(accounts=(await self._postmaster(),))
        if local_part_key(address.local_part) in REPORT_NAMES:
            return Resolved(reports=True)
        raise NotFound(NO_SUCH_MAILBOX)

    async def is_ours(self, address: Address) -> bool:
        """Whether an address is in a domain of this house. Raises: Invalid."""
        if not address.domain:
            return True
        try:
            domain = await self._directory.domain(domain_key(address.domain))
        except ValueError as error:
            raise Invalid(f"bad domain: {error}") from error
        return domain is not None and domain.status is not Status.REMOVED

    async def _account(self, address: Address) -> Account | None:
        for candidate in _spellings(address):
            account = await self._directory.account_at(address_key(candidate))
            if account is not None:
                return account
        return None

    async def _targets(self, address: Address) -> tuple[str, ...] | None:
        for candidate in _spellings(address):
            alias = await self._directory.alias(address_key(candidate))
            if alias is not None:
                return alias.targets
        return None

    async def _expand(self, targets: Iterable[str], seen: set[str]) -> Resolved:
        """Follow aliases and forwards, each once; what leads nowhere is left out as long as one target leads somewhere."""
        waiting = deque(targets)
        accounts: dict[bytes, Account] = {}
        groups: dict[bytes, Account] = {}
        foreign: dict[str, Address] = {}
        while waiting and len(seen) <= TARGETS:
            target = _parsed(waiting.popleft())
            if target is None or (key := address_key(target)) in seen:
                continue
            seen.add(key)
            if not await self.is_ours(target):
                foreign[key] = target
            elif (account := await self._account(target)) is None:
                waiting.extend(await self._targets(target) or ())
            elif account.status is not Status.REMOVED and await self._is_group(account):
                groups[account.id] = account
            elif account.status is not Status.REMOVED and account.receiving is not Receiving.NO and account.id not in accounts:
                _receiving(account)
                if account.keeps_mail or account.auto_reply is not None:
                    accounts[account.id] = account
                waiting.extend(account.forwards_to)
        if not accounts and not foreign and not groups:
            raise NotFound("this address leads nowhere")
        return Resolved(tuple(accounts.values()), tuple(foreign.values()), tuple(groups.values()))

    async def _is_group(self, account: Account) -> bool:
        return account.kind is OwnerKind.GROUP and await self._directory.group(account.id) is not None

    async def _postmaster(self) -> Account:
        """Whoever answers for the house (RFC 5321 §4.5.1): postmaster of any domain of ours, else the first operator."""
        domains = await self._directory.domains()
        for domain in domains:
            account = await self._directory.account_at(f"{POSTMASTER}@{domain.key}")
            if account is not None and account.status is not Status.REMOVED:
                return account
        for account in await self._directory.operators(1):
            return account
        raise NotFound(NO_SUCH_MAILBOX)


def _spellings(address: Address) -> tuple[Address, ...]:
    """The address as it is, then without its subaddress (``alice+shop`` is delivered to alice, RFC 5233)."""
    base, plus, _ = address.local_part.partition(SUBADDRESS)
    return (address, Address(base, address.domain)) if plus and base else (address,)


def _receiving(account: Account) -> Account:
    """The account. Raises: Retired, Closed."""
    if account.status is Status.REMOVED or account.receiving is Receiving.NO:
        raise Retired("this mailbox is disabled")
    if account.receiving is Receiving.LATER:
        raise Closed("this mailbox takes no mail at the moment: try again later")
    return account


def _parsed(text: str) -> Address | None:
    try:
        return parse_mailbox(text)
    except InvalidMailbox:
        return None
