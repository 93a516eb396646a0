"""Sending on what comes for an account, with or without keeping it (B5). Owners may do it for themselves."""

from collections.abc import Sequence

import msgspec

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.services.administer.aliases import read_targets
from posthouse.services.administer.finding import accounts_seen, permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account

TARGETS = 100
"""Addresses one account may send its mail on to; more people are an alias, a list or a group."""


class Forwards:
    """The verbs; all raise Unavailable, and NotPermitted for whoever is neither the owner nor above it."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def all(self, principal: Principal, domain: str | None = None) -> list[Account]:
        """Accounts whose mail is sent on or not kept, by address. Raises: Invalid, NotFound (the domain)."""
        principal.require_some(Act.FORWARD_LOOK)
        key = None if domain is None else (await permitted_domain(self._parts.directory, principal, Act.FORWARD_LOOK, domain)).key
        return [a for a in await accounts_seen(self._parts.directory, principal, key) if a.forwards_to or not a.keeps_mail]

    async def get(self, principal: Principal, address: str) -> Account:
        """The account with what it forwards. Raises: Invalid, NotFound."""
        return await permitted_account(self._parts, principal, Act.FORWARD_LOOK, address)

    async def set(self, principal: Principal, address: str, targets: Sequence[str], *, keep: bool | None = None) -> Account:
        """Send mail on to these addresses and no others; ``keep``: it is also kept (None: as it was).

        Raises: Invalid (an address, its own address), NotFound (the account).
        """
        account = await permitted_account(self._parts, principal, Act.FORWARD_CHANGE, address)
        found = read_targets(targets, TARGETS)
        if account.key in (address_key(parse_mailbox(target)) for target in found):
            raise Invalid(f"{account.address} cannot be forwarded to itself; to keep a copy say so with --keep")
        return await self._replace(principal, account, forwards_to=found, keeps_mail=account.keeps_mail if keep is None else keep)

    async def add(self, principal: Principal, address: str, targets: Sequence[str], *, keep: bool | None = None) -> Account:
        """Send mail on to further addresses. Raises: as ``set``."""
        account = await permitted_account(self._parts, principal, Act.FORWARD_CHANGE, address)
        return await self.set(principal, address, [*account.forwards_to, *targets], keep=keep)

    async def remove(self, principal: Principal, address: str, targets: Sequence[str] = ()) -> Account:
        """Send mail on to some addresses no more, or (none given) to nobody; what nobody gets any longer is kept again.

        Raises: Invalid, NotFound (the account; an address that is not forwarded to).
        """
        account = await permitted_account(self._parts, principal, Act.FORWARD_CHANGE, address)
        gone = {address_key(parse_mailbox(target)): target for target in read_targets(targets, TARGETS)} if targets else {}
        known = {address_key(parse_mailbox(target)): target for target in account.forwards_to}
        for key, target in gone.items():
            if key not in known:
                raise NotFound(f"mail of {account.address} is not forwarded to {target}")
        left = tuple(target for key, target in known.items() if gone and key not in gone)
        return await self._replace(principal, account, forwards_to=left, keeps_mail=account.keeps_mail or not left)

    async def keep(self, principal: Principal, address: str, *, keep: bool) -> Account:
        """Put what comes into the mailbox too, or not. Raises: Invalid, NotFound; Invalid where nobody would get it then."""
        account = await permitted_account(self._parts, principal, Act.FORWARD_CHANGE, address)
        if not keep and not account.forwards_to and account.auto_reply is None:
            raise Invalid(f"mail for {account.address} would be refused: forward or answer it first")
        return await self._replace(principal, account, forwards_to=account.forwards_to, keeps_mail=keep)

    async def _replace(self, principal: Principal, account: Account, *, forwards_to: tuple[str, ...], keeps_mail: bool) -> Account:
        changed = msgspec.structs.replace(account, forwards_to=forwards_to, keeps_mail=keeps_mail)
        if changed != account:
            async with self._parts.recorded(principal, Act.FORWARD_CHANGE, about_account(account), before=account, after=changed):
                await self._parts.directory.replace_account(changed)
        return changed
