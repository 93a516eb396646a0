"""Comparing a description with what there is. Rights are checked by the verbs that look and the verbs that do."""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.account import Account, Alias, OwnerKind, Status
from posthouse.model.principal import Principal
from posthouse.model.role import EVERYWHERE_ROLES, Act, Role
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.aliases import Aliases
from posthouse.services.administer.applying.description import (
    DescribedAccount,
    DescribedAlias,
    DescribedGroup,
    Description,
)
from posthouse.services.administer.applying.plan import Change, Planned, Step, different
from posthouse.services.administer.domains import Domains
from posthouse.services.administer.finding import permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import read_address, read_domain
from posthouse.services.administer.scopes import SECRET, SettingControl, Where
from posthouse.services.administer.traffic.groups import GroupChanges, Groups
from posthouse.services.audit.recording import told
from posthouse.services.settings import declared

ROLES = {role.words: role for role in Role}


class Planning:
    """Makes the plan for one principal."""

    def __init__(self, parts: Administration, principal: Principal) -> None:
        self._parts = parts
        self._principal = principal
        self._accounts, self._aliases, self._groups = Accounts(parts), Aliases(parts), Groups(parts)
        self._domains, self._settings = Domains(parts), SettingControl(parts)

    async def plan(self, wanted: Description, *, prune: bool) -> list[Planned]:
        """The steps; ``prune``: what is in described domains and is not described goes. Raises: Invalid, NotPermitted, NotFound."""
        _require_each_once(wanted)
        new = await self._new_domains(wanted)
        steps = [step async for step in self._setting_steps(wanted.settings, Where(), "system")]
        for domain in wanted.domains:
            if domain_key(read_domain(domain.domain)) in new:
                step = Step(Change.CREATE, "domain", domain.domain)
                steps.append(Planned(step, partial(self._domains.add, self._principal, domain.domain)))
            where = Where(domain=domain.domain)
            known = domain_key(read_domain(domain.domain)) not in new
            steps += [step async for step in self._setting_steps(domain.settings, where, domain.domain, known=known)]
        for account in wanted.accounts:
            steps += await self._account_steps(account, new)
        for group in wanted.groups:
            steps += await self._group_steps(group, new)
        for alias in _in_order(wanted.aliases):
            steps += await self._alias_steps(alias, new)
        return steps + (await self._removals(wanted, new) if prune else [])

    async def _new_domains(self, wanted: Description) -> set[str]:
        new = set()
        for domain in wanted.domains:
            try:
                await permitted_domain(self._parts.directory, self._principal, Act.DOMAIN_LOOK, domain.domain)
            except NotFound:
                self._principal.require(Act.DOMAIN_ADD)
                new.add(domain_key(read_domain(domain.domain)))
        return new

    async def _setting_steps(
        self, values: dict[str, Any], where: Where, name: str, *, known: bool = True
    ) -> AsyncIterator[Planned]:
        for key, value in values.items():
            setting = declared(key)
            parsed = setting.parse(msgspec.json.encode(value))
            report = await self._settings.get(self._principal, key, where) if known else None
            at = "account" if where.account else "group" if where.group else "domain" if where.domain else "system"
            if report is not None and report.set_at == at and report.value == parsed:
                continue
            before = {} if report is None or report.set_at != at else {key: SECRET if setting.secret else report.value}
            step = Step(Change.CHANGE, "setting", f"{key} of {name}", before, {key: SECRET if setting.secret else parsed})
            text = msgspec.json.encode(value).decode()
            yield Planned(step, partial(self._settings.set, self._principal, key, text, where))

    async def _account(self, address: str, new: set[str]) -> Account | None:
        if domain_key(read_address(address).domain) in new:
            return None
        try:
            return await permitted_account(self._parts, self._principal, Act.ACCOUNT_LOOK, address)
        except NotFound:
            return None

    async def _account_steps(self, wanted: DescribedAccount, new: set[str]) -> list[Planned]:
        account = await self._account(wanted.address, new)
        steps: list[Planned] = []
        changes = AccountChanges(
            display_name=wanted.display_name,
            language=wanted.language,
            quota_octets=wanted.quota_octets,
            quota_messages=wanted.quota_messages,
            role=None if wanted.role is None else ROLES[wanted.role],
            administers=wanted.administers,
            recovery_address=wanted.recovery_address,
        )
        given = _given(changes)
        if account is None:
            step = Step(Change.CREATE, "account", wanted.address, {}, given | {"kind": str(wanted.kind)})
            steps.append(Planned(step, lambda: self._create(wanted, changes)))
        else:
            before, after = different(_standing(account), given)
            if after:
                step = Step(Change.CHANGE, "account", wanted.address, before, after)
                steps.append(Planned(step, lambda: self._accounts.change(self._principal, wanted.address, changes)))
        steps += self._suspending(wanted, account)
        where = Where(account=wanted.address)
        steps += [s async for s in self._setting_steps(wanted.settings, where, wanted.address, known=account is not None)]
        return steps

    async def _create(self, wanted: DescribedAccount, changes: AccountChanges) -> None:
        new = NewAccount(
            address=wanted.address,
            password=None,
            password_hash=wanted.password_hash,
            display_name=wanted.display_name or "",
            language=wanted.language,
            quota_octets=wanted.quota_octets,
            quota_messages=wanted.quota_messages or 0,
            role=changes.role or Role.OWNER,
            administers=wanted.administers or (),
            kind=wanted.kind,
        )
        await self._accounts.add(self._principal, new)
        if wanted.recovery_address:
            await self._accounts.change(self._principal, wanted.address, AccountChanges(recovery_address=wanted.recovery_address))

    def _suspending(self, wanted: DescribedAccount, account: Account | None) -> Iterator[Planned]:
        is_suspended = account is not None and account.status is Status.SUSPENDED
        if wanted.suspended is None or wanted.suspended == is_suspended:
            return
        step = Step(Change.CHANGE, "account", wanted.address, {"suspended": is_suspended}, {"suspended": wanted.suspended})
        verb = self._accounts.suspend if wanted.suspended else self._accounts.resume
        yield Planned(step, lambda: verb(self._principal, wanted.address))

    async def _group_steps(self, wanted: DescribedGroup, new: set[str]) -> list[Planned]:
        given = _given(wanted)
        del given["address"], given["settings"]
        changes = GroupChanges(**{name: value for name, value in given.items() if name != "members"})
        report = None
        if await self._account(wanted.address, new) is not None:
            report = await self._groups.get(self._principal, wanted.address)
        if report is None:
            step = Step(Change.CREATE, "group", wanted.address, {}, given)
            made = Planned(step, lambda: self._groups.add(self._principal, wanted.address, wanted.members, changes))
            return [made, *(await self._group_settings(wanted, known=False))]
        known = told(report.group) | {"display_name": report.account.display_name}
        given["members"], known["members"] = sorted(wanted.members), sorted(report.group.members)
        before, after = different(known, given)
        steps = await self._group_settings(wanted, known=True)
        if after:
            step = Step(Change.CHANGE, "group", wanted.address, before, after)
            steps.insert(0, Planned(step, lambda: self._change_group(wanted, changes)))
        return steps

    async def _group_settings(self, wanted: DescribedGroup, *, known: bool) -> list[Planned]:
        where = Where(group=wanted.address)
        return [step async for step in self._setting_steps(wanted.settings, where, wanted.address, known=known)]

    async def _change_group(self, wanted: DescribedGroup, changes: GroupChanges) -> None:
        report = await self._groups.change(self._principal, wanted.address, changes)
        kept = set(report.group.members)
        if fresh := [member for member in wanted.members if member not in kept]:
            await self._groups.add_members(self._principal, wanted.address, fresh)
        if gone := sorted(kept - set(wanted.members)):
            await self._groups.remove_members(self._principal, wanted.address, gone)

    async def _alias_steps(self, wanted: DescribedAlias, new: set[str]) -> list[Planned]:
        alias: Alias | None = None
        if domain_key(read_address(wanted.address).domain) not in new:
            try:
                alias = await self._aliases.get(self._principal, wanted.address)
            except NotFound:
                alias = None
        after = {"targets": sorted(wanted.targets)}
        if alias is None:
            step = Step(Change.CREATE, "alias", wanted.address, {}, after)
            return [Planned(step, lambda: self._aliases.add(self._principal, wanted.address, wanted.targets))]
        if {_key(target) for target in alias.targets} == {_key(target) for target in wanted.targets}:
            return []
        step = Step(Change.CHANGE, "alias", wanted.address, {"targets": sorted(alias.targets)}, after)
        return [Planned(step, lambda: self._aliases.change(self._principal, wanted.address, wanted.targets))]

    async def _removals(self, wanted: Description, new: set[str]) -> list[Planned]:
        kept = {_key(address) for address in _addresses(wanted)}
        steps = []
        for domain in wanted.domains:
            if domain_key(read_domain(domain.domain)) in new:
                continue
            for alias in await self._aliases.all(self._principal, domain.domain):
                if alias.key not in kept:
                    step = Step(Change.REMOVE, "alias", alias.address, {"targets": list(alias.targets)})
                    steps.append(Planned(step, partial(self._aliases.remove, self._principal, alias.address)))
            for account in await self._accounts.all(self._principal, domain.domain):
                if account.key not in kept and self._may_go(account):
                    noun = "group" if account.kind is OwnerKind.GROUP else "account"
                    step = Step(Change.REMOVE, noun, account.address, {"kind": str(account.kind)})
                    steps.append(Planned(step, partial(self._accounts.remove, self._principal, account.address)))
        return steps

    def _may_go(self, account: Account) -> bool:
        """Not whoever applies, nor those who could mend what a description forgot: operators are removed by their names only."""
        return (
            account.status is not Status.REMOVED
            and account.id != self._principal.account_id
            and account.role not in EVERYWHERE_ROLES
        )


def _given(value: msgspec.Struct) -> dict[str, Any]:
    """What is not left out, as JSON tells it."""
    plain: dict[str, Any] = told(value)
    return {name: each for name, each in plain.items() if each is not None}


def _standing(account: Account) -> dict[str, Any]:
    plain: dict[str, Any] = told(account)
    return plain


def _key(address: str) -> str:
    return address_key(parse_mailbox(address))


def _addresses(wanted: Description) -> Sequence[str]:
    accounts = [account.address for account in wanted.accounts]
    return [*accounts, *(group.address for group in wanted.groups), *(alias.address for alias in wanted.aliases)]


def _require_each_once(wanted: Description) -> None:
    seen: set[str] = set()
    for address in _addresses(wanted):
        key = address_key(read_address(address))
        if key in seen:
            raise Invalid(f"{address} is described twice")
        seen.add(key)
    domains = [domain_key(read_domain(domain.domain)) for domain in wanted.domains]
    for key in domains:
        if domains.count(key) > 1:
            raise Invalid(f"{key} is described twice")


def _in_order(aliases: tuple[DescribedAlias, ...]) -> list[DescribedAlias]:
    """Aliases after those they lead to. Raises: Invalid where some lead to each other."""
    waiting = {_key(alias.address): alias for alias in aliases}
    ordered: list[DescribedAlias] = []
    while waiting:
        ready = [key for key, alias in waiting.items() if not any(_address_key(target) in waiting for target in alias.targets)]
        if not ready:
            raise Invalid(f"these aliases lead to each other: {', '.join(sorted(waiting)[:10])}")
        ordered += [waiting.pop(key) for key in ready]
    return ordered


def _address_key(text: str) -> str:
    return address_key(read_address(text))
