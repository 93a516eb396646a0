"""Giving and taking rights, with the index of who shares something with whom.

The index is written before a grant and removed after it, and looked at again each time: whatever else happens at the same moment,
who has a grant is in it. That somebody is in it without a grant costs a look and shows nothing.
"""

from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.settings.people import SHARING_ANYONE
from posthouse.model.sharing.rights import ANYONE, NEGATIVE, Grant, Right, user_identifier
from posthouse.ports.account_store import AccountStore
from posthouse.ports.directory import Directory
from posthouse.services.mail import Mail
from posthouse.services.settings import Settings


class Granting:
    """The one way to change grants."""

    __slots__ = ("_accounts", "_directory", "_settings")

    def __init__(self, directory: Directory, accounts: AccountStore, settings: Settings) -> None:
        self._directory = directory
        self._accounts = accounts
        self._settings = settings

    async def grant(self, mail: Mail, mailbox_id: MailboxId, identifier: str, rights: Right) -> None:
        """Give an identifier exactly these rights on a mailbox; none at all takes them away.

        Raises: NotPermitted for the owner, who has all rights for ever, and for everybody where that is not wanted
        (setting ``sharing.anyone``); what the store raises.
        """
        if identifier.removeprefix(NEGATIVE) == user_identifier(mail.account_id):
            raise NotPermitted("the owner of a mailbox always has all rights")
        await mail.require(mailbox_id, Right.ADMINISTER)
        if not rights or identifier.startswith(NEGATIVE):
            await mail.put_grant(mailbox_id, Grant(identifier, int(rights)))
            await self._forget(mail.account_id, identifier)
            return
        if identifier == ANYONE and not self._settings[SHARING_ANYONE]:
            raise NotPermitted("sharing with everybody is not allowed here: name those who shall have the rights")
        await self._directory.put_share(mail.account_id, identifier)
        await mail.put_grant(mailbox_id, Grant(identifier, int(rights)))
        await self._directory.put_share(mail.account_id, identifier)

    async def _forget(self, account_id: AccountId, identifier: str) -> None:
        """Take an account out of the index where it shares nothing with the identifier any more."""
        if identifier.startswith(NEGATIVE) or await self._has_grant(account_id, identifier):
            return
        await self._directory.remove_share(account_id, identifier)
        if await self._has_grant(account_id, identifier):
            await self._directory.put_share(account_id, identifier)

    async def _has_grant(self, account_id: AccountId, identifier: str) -> bool:
        return any(grant.identifier == identifier for _, grant in await self._accounts.all_grants(account_id))
