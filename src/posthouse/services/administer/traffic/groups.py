"""Groups: made, changed, removed (B9)."""

from collections.abc import Sequence

import msgspec

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, OwnerKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.traffic.group import Group, Posting
from posthouse.services.administer.accounts import Accounts, NewAccount
from posthouse.services.administer.finding import find_domain, permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import display_name, read_address, read_domain, written
from posthouse.services.audit.recording import About, about_account

MEMBERS = 10_000
"""Members one group names; a pattern is one."""
PAGE = 1_000


class GroupChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different; None leaves it as it is."""

    display_name: str | None = None
    posting: Posting | None = None
    posters: Sequence[str] | None = None
    keeps_copy: bool | None = None
    personal: bool | None = None
    precedence: int | None = None


class GroupReport(msgspec.Struct, frozen=True):
    """A group and the account that has its address."""

    account: Account
    group: Group


class Groups:
    """The verbs; all raise Unavailable, and NotPermitted for whoever may not do this there."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._accounts = Accounts(parts)

    async def add(self, principal: Principal, address: str, members: Sequence[str], changes: GroupChanges) -> GroupReport:
        """Make a group. Raises: Invalid, AlreadyExists (the address, in any form), NotFound (its domain)."""
        domain = await permitted_domain(self._parts.directory, principal, Act.GROUP_ADD, read_address(address).domain)
        planned = _changed(Group(AccountId(bytes(16)), _members(members)), changes)
        async with self._parts.recorded(principal, Act.GROUP_ADD, About(address, domain.key), after=planned):
            new = NewAccount(address=address, password=None, display_name=changes.display_name or "", kind=OwnerKind.GROUP)
            account = await self._accounts.add(principal, new)
            group = msgspec.structs.replace(planned, id=account.id)
            await self._parts.directory.put_group(group)
        return GroupReport(account, group)

    async def all(self, principal: Principal, domain: str | None = None) -> list[GroupReport]:
        """Groups by address, of one domain or of all. Raises: Invalid, NotFound (the domain)."""
        principal.require_some(Act.GROUP_LOOK)
        directory = self._parts.directory
        key = None if domain is None else domain_key(read_domain(domain))
        if domain is not None and key is not None and principal.may_in(Act.GROUP_LOOK, key):
            await find_domain(directory, domain)
        found: list[GroupReport] = []
        page = await directory.groups(limit=PAGE)
        while page:
            for group in page:
                account = await directory.account(group.id)
                if account is None or key not in (None, account.domain):
                    continue
                if principal.may_in(Act.GROUP_LOOK, account.domain, account.key):
                    found.append(GroupReport(account, group))
            page = await directory.groups(page[-1].id, PAGE)
        return sorted(found, key=lambda report: report.account.key)

    async def get(self, principal: Principal, address: str) -> GroupReport:
        """One group. Raises: Invalid, NotFound."""
        return await self._find(principal, Act.GROUP_LOOK, address)

    async def change(self, principal: Principal, address: str, changes: GroupChanges) -> GroupReport:
        """Change what is given. Raises: Invalid, NotFound."""
        report = await self._find(principal, Act.GROUP_CHANGE, address)
        changed = await self._put(principal, report, _changed(report.group, changes))
        account = report.account
        if changes.display_name is not None:
            account = msgspec.structs.replace(account, display_name=display_name(changes.display_name))
            await self._parts.directory.replace_account(account)
        return GroupReport(account, changed.group)

    async def add_members(self, principal: Principal, address: str, members: Sequence[str]) -> GroupReport:
        """Let further addresses or patterns be members. Raises: Invalid, NotFound (the group)."""
        report = await self._find(principal, Act.GROUP_CHANGE, address)
        return await self._put(
            principal, report, msgspec.structs.replace(report.group, members=_members([*report.group.members, *members]))
        )

    async def remove_members(self, principal: Principal, address: str, members: Sequence[str]) -> GroupReport:
        """Let some be members no longer. Raises: Invalid, NotFound (the group, or one who is no member)."""
        report = await self._find(principal, Act.GROUP_CHANGE, address)
        known = {_key(member): member for member in report.group.members}
        for member in members:
            if known.pop(_key(member), None) is None:
                raise NotFound(f"{member} is no member of {report.account.address}")
        return await self._put(principal, report, msgspec.structs.replace(report.group, members=tuple(known.values())))

    async def remove(self, principal: Principal, address: str) -> None:
        """Remove a group and the mail it has kept, for ever. Raises: Invalid, NotFound."""
        report = await self._find(principal, Act.GROUP_REMOVE, address)
        async with self._parts.recorded(principal, Act.GROUP_REMOVE, about_account(report.account), before=report.group):
            await self._accounts.remove(principal, report.account.address, now=True)

    async def _find(self, principal: Principal, act: Act, address: str) -> GroupReport:
        account = await permitted_account(self._parts, principal, act, address)
        group = await self._parts.directory.group(account.id)
        if group is None:
            raise NotFound(f"{account.address} is no group")
        return GroupReport(account, group)

    async def _put(self, principal: Principal, report: GroupReport, group: Group) -> GroupReport:
        if group != report.group:
            about = about_account(report.account)
            async with self._parts.recorded(principal, Act.GROUP_CHANGE, about, before=report.group, after=group):
                await self._parts.directory.put_group(group)
        return GroupReport(report.account, group)


def _changed(group: Group, changes: GroupChanges) -> Group:
    wanted = {
        "posting": changes.posting,
        "posters": None if changes.posters is None else tuple(changes.posters),
        "keeps_copy": changes.keeps_copy,
        "personal": changes.personal,
        "precedence": changes.precedence,
    }
    return msgspec.structs.replace(group, **{name: value for name, value in wanted.items() if value is not None})


def _members(texts: Sequence[str]) -> tuple[str, ...]:
    found = {_key(text): _pattern(text) if "*" in text else _address(text) for text in texts}
    if len(found) > MEMBERS:
        raise Invalid(f"a group names at most {MEMBERS} members; *@example.org stands for all of a domain")
    return tuple(found.values())


def _key(text: str) -> str:
    return _pattern(text) if "*" in text else address_key(parse_mailbox(_address(text)))


def _address(text: str) -> str:
    try:
        return written(parse_mailbox(text.strip()))
    except (InvalidMailbox, ValueError) as error:
        raise Invalid(f"{text!r} is no mail address: {error}") from error


def _pattern(text: str) -> str:
    local_part, at, domain = text.strip().lower().rpartition("@")
    if not at or not local_part or "*" in domain or not local_part.isprintable() or " " in local_part:
        raise Invalid(f"{text!r} is no pattern: write *@example.org, or sales-*@example.org")
    try:
        return f"{local_part}@{domain_key(domain)}"
    except ValueError as error:
        raise Invalid(f"{text!r} is no pattern: {error}") from error
