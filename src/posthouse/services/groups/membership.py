"""Which groups somebody is in, through groups of groups too."""

from typing import Final

import msgspec

from posthouse.filters.access import AccessList
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.ids import AccountId
from posthouse.model.traffic.group import Group
from posthouse.ports.directory import Directory, DirectoryReader

GROUPS: Final = 100
"""Groups of one account that are looked at."""


def names(group: Group, key: str) -> bool:
    """Whether a group names an address (its key) itself or by a pattern."""
    if any(_key(member) == key for member in group.members if "*" not in member):
        return True
    return AccessList(member for member in group.members if "*" in member).sender(key) is not None


async def groups_of(directory: DirectoryReader, account_id: AccountId) -> list[Group]:
    """The groups an account is in, the one with the highest precedence first, then by id. Raises: Unavailable."""
    account = await directory.account(account_id)
    if account is None:
        return []
    found: dict[AccountId, Group] = {}
    waiting = [(account.key, account.domain)]
    while waiting and len(found) < GROUPS:
        key, domain = waiting.pop()
        for group in await directory.groups_of([key, f"*@{domain}"]):
            if group.id in found or group.id == account_id or not names(group, key):
                continue
            found[group.id] = group
            inner = await directory.account(group.id)
            if inner is not None:
                waiting.append((inner.key, inner.domain))
    return sorted(found.values(), key=lambda group: (-group.precedence, group.id))


async def rename_member(directory: Directory, key: str, renamed: str) -> None:
    """Let groups that name an address (its key) name another one instead. Raises: Unavailable."""
    for group in await directory.groups_of([key]):
        names_it = (member for member in group.members if "*" not in member and _key(member) == key)
        gone = set(names_it)
        members = tuple(renamed if member in gone else member for member in group.members)
        await directory.put_group(msgspec.structs.replace(group, members=tuple(dict.fromkeys(members))))


def _key(member: str) -> str:
    return address_key(parse_mailbox(member))
