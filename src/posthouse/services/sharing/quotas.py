"""Quotas: one root for each account, named by its address; who may see and who may set them (RFC 9208)."""

from typing import Final

from msgspec.structs import replace

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.quota import Quota
from posthouse.model.role import Act
from posthouse.ports.account_store import AccountStore
from posthouse.ports.directory import Directory
from posthouse.services.audit.recording import Recorder, about_account
from posthouse.services.sharing.people import People

KIBIBYTE: Final = 1_024


class Quotas:
    """The verbs; roots are found by address, and the empty name is one's own."""

    __slots__ = ("_accounts", "_directory", "_people", "_recorder")

    def __init__(self, directory: Directory, accounts: AccountStore, people: People, recorder: Recorder) -> None:
        self._directory = directory
        self._accounts = accounts
        self._people = people
        self._recorder = recorder

    async def root(self, principal: Principal, name: str) -> Account:
        """The account of a root that one may look at: one's own, that of somebody who lets one read, or any for an operator.

        Raises: NotFound, also for what one may not know.
        """
        account = await (self._people.account(principal.account_id) if not name else self._people.named(name))
        if account.id == principal.account_id or principal.is_operator:
            return account
        if not await self._people.mail_of(principal, account.id).mailboxes():
            raise NotFound("there is no such quota root")
        return account

    async def used(self, account: Account) -> Quota:
        """What an account uses and may use."""
        return await self._accounts.quota(account.id)

    async def set(self, principal: Principal, account: Account, octets: int | None, messages: int | None) -> Quota:
        """Set limits; None leaves one as it is, 0 lifts it.

        Raises: NotPermitted for anybody but an operator; Refused (the limits of its domain); Unavailable.
        """
        if not principal.is_operator:
            raise NotPermitted("only an operator sets quotas")
        before = await self.used(account)
        octets = before.octets_limit if octets is None else octets
        messages = before.messages_limit if messages is None else messages
        changed = replace(account, quota_octets=octets, quota_messages=messages)
        async with self._recorder.act(principal, Act.ACCOUNT_CHANGE, about_account(account), before=account, after=changed):
            await self._directory.replace_account(changed)  # first: the limits of its domain may refuse it
            await self._accounts.set_quota(account.id, octets, messages)
        return await self.used(account)


def passed(quota: Quota, percent: int) -> str | None:
    """Say in words that a warning level has been passed; None where it has not, or there is none (0)."""
    for used, limit, what in ((quota.octets, quota.octets_limit, "room"), (quota.messages, quota.messages_limit, "messages")):
        if percent and limit and used * 100 >= limit * percent:
            if used >= limit:
                return f"The mailbox is full: no {what} left"
            return f"The mailbox is {used * 100 // limit} percent full" + ("" if what == "room" else " of messages")
    return None
