"""Who shares with whom: addresses and identifiers, the index of sharers, opening what somebody else shares."""

from typing import Final

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, OwnerKind, Status
from posthouse.model.principal import Principal
from posthouse.model.sharing.rights import ANYONE, NEGATIVE, account_of, check_identifier, group_identifier, user_identifier
from posthouse.ports.account_store import AccountStore
from posthouse.ports.directory import Directory
from posthouse.services.mail import Mail
from posthouse.services.sharing.grantees import Grantees
from posthouse.services.sharing.mail import SharedMail

PAGE: Final = 200
"""Sharers looked up at once."""


class People:
    """The people of the service to each other."""

    __slots__ = ("_accounts", "_directory", "_grantees")

    def __init__(self, directory: Directory, accounts: AccountStore) -> None:
        self._directory = directory
        self._accounts = accounts
        self._grantees = Grantees(directory)

    def mail_of(self, principal: Principal, account_id: AccountId) -> Mail:
        """Open somebody's mail: one's own, or what others share of theirs."""
        if account_id == principal.account_id:
            return Mail(principal, account_id, self._accounts)
        return SharedMail(principal, account_id, self._accounts, self._grantees)

    async def account(self, account_id: AccountId) -> Account:
        """The account with this id. Raises: NotFound."""
        account = await self._directory.account(account_id)
        if account is None or account.status is Status.REMOVED:
            raise NotFound("there is no such account")
        return account

    async def is_active(self, account: Account) -> bool:
        """Whether an account may be used now, and its domain."""
        domain = await self._directory.domain(account.domain)
        return account.status is Status.ACTIVE and domain is not None and domain.status is Status.ACTIVE

    async def owner(self, account_id: AccountId) -> Account | None:
        """The person an account belongs to; None where it belongs to nobody alone."""
        account = await self.account(account_id)
        return account if account.kind is OwnerKind.PERSON else None

    async def named(self, text: str, near: Account | None = None) -> Account:
        """The account at an address, or the one an alias leads to; a name alone is one in the domain of ``near``.

        Raises: NotFound.
        """
        if "@" not in text and near is not None:
            text = f"{text}@{near.domain}"
        try:
            key = address_key(parse_mailbox(text))
        except (InvalidMailbox, ValueError):
            raise NotFound(f"there is no account {text}") from None
        account = await self._directory.account_at(key)
        if account is None:
            alias = await self._directory.alias(key)
            if alias is not None and len(alias.targets) == 1:
                account = await self._directory.account_at(address_key(parse_mailbox(alias.targets[0])))
        if account is None or account.status is Status.REMOVED:
            raise NotFound(f"there is no account {text}")
        return account

    async def identifier(self, text: str, near: Account | None = None) -> str:
        """The identifier of ``anyone`` or of an address, with ``-`` in front where that is what was written (RFC 4314 §2).

        The address of a group stands for its members. An identifier as it is kept is one too, so that a grant for somebody who is
        gone can be taken away.
        Raises: NotFound; Invalid.
        """
        check_identifier(text)
        name = text.removeprefix(NEGATIVE)
        sign = text[: len(text) - len(name)]
        if name.lower() == ANYONE:
            return sign + ANYONE
        if account_of(name) is not None:
            return text
        account = await self.named(name, near)
        return sign + (group_identifier if account.kind is OwnerKind.GROUP else user_identifier)(account.id)

    async def shown(self, identifier: str) -> str:
        """An identifier as people know it: the address; what nobody has any more stays as it is kept."""
        name = identifier.removeprefix(NEGATIVE)
        sign = identifier[: len(identifier) - len(name)]
        account_id = account_of(name)
        account = None if account_id is None else await self._directory.account(account_id)
        return identifier if account is None else sign + account.address

    async def sharers(self, account_id: AccountId, after: AccountId | None = None) -> list[Account]:
        """A page of the accounts that may share something with this one, ascending by id; empty after the last."""
        grantees = sorted(await self._grantees.standing_for(account_id))
        found: list[Account] = []
        while not found:
            ids = await self._directory.sharers(grantees, after, PAGE)
            if not ids:
                return []
            after = ids[-1]
            accounts = [await self._directory.account(owner) for owner in ids if owner != account_id]
            found = [account for account in accounts if account is not None and account.status is not Status.REMOVED]
        return found
