"""Who may write to a group."""

from posthouse.filters.access import AccessList
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotPermitted
from posthouse.model.account import Account
from posthouse.model.traffic.group import Group, Posting
from posthouse.ports.directory import DirectoryReader
from posthouse.services.groups.membership import groups_of, names

_WORDS = {
    Posting.DOMAIN: "people of its own domain",
    Posting.LOCAL: "people of this house",
    Posting.AUTHENTICATED: "whoever is signed in",
    Posting.MEMBERS: "its members",
    Posting.NAMED: "who has been named",
}


async def require_posting(
    directory: DirectoryReader, group: Group, account: Account, sender: Address | None, *, signed_in: bool
) -> None:
    """Check that a sender may write to a group (``account`` has its address); ``signed_in``: the sender's address has been checked.

    Whom nobody has checked may write only where everybody may, or as an outsider who is named or a member; whether it is
    really that outsider the checks of the content tell.
    Raises: NotPermitted, Unavailable.
    """
    if group.posting is Posting.ALL:
        return
    key = "" if sender is None else _key(sender)
    if key and await _may(directory, group, account, key, signed_in=signed_in):
        return
    raise NotPermitted(f"only {_WORDS[group.posting]} may write to {account.address}")


async def _may(directory: DirectoryReader, group: Group, account: Account, key: str, *, signed_in: bool) -> bool:
    domain = key.rpartition("@")[2]
    outsider = await directory.domain(domain) is None
    if not signed_in and not outsider:
        return False  # one of our own addresses, used by somebody who has not signed in
    if group.posting is Posting.AUTHENTICATED and signed_in:
        return True
    if group.posting is Posting.DOMAIN and domain == account.domain:
        return True
    if group.posting is Posting.LOCAL and not outsider:
        return True
    if AccessList(group.posters).sender(key) is not None:
        return True
    return group.posting is Posting.MEMBERS and await _is_member(directory, group, key)


async def _is_member(directory: DirectoryReader, group: Group, key: str) -> bool:
    base, plus, _ = key.partition("@")[0].partition("+")
    key = f"{base}@{key.rpartition('@')[2]}" if plus and base else key
    if names(group, key):
        return True
    account = await directory.account_at(key)
    return account is not None and any(found.id == group.id for found in await groups_of(directory, account.id))


def _key(address: Address) -> str:
    try:
        return address_key(parse_mailbox(format_mailbox(address)))
    except ValueError:
        return ""
