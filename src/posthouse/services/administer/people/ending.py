"""What ends by itself: former addresses, and the mail of mailboxes that were removed."""

from posthouse.model.account import Account, Due, Status
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.services.administer.aliases import retarget


class Ending:
    """Looks only at what is due."""

    def __init__(self, directory: Directory, accounts: AccountStore, clock: Clock) -> None:
        self._directory = directory
        self._accounts = accounts
        self._clock = clock

    async def remove_aliases(self) -> int:
        """Remove aliases whose time is over; tells how many. Raises: Unavailable."""
        count = 0
        while due := await self._directory.aliases_due(self._clock.now()):
            for alias in due:
                await self._directory.remove_alias(alias.key)
            count += len(due)
        return count

    async def purge_accounts(self) -> int:
        """Let the mail of removed mailboxes go whose time is over; tells how many. Raises: Unavailable."""
        count = 0
        while due := await self._directory.accounts_due(Due.PURGE, self._clock.now(), limit=100):
            for account in due:
                if account.status is Status.REMOVED:
                    await purge(self._directory, self._accounts, account)
            count += len(due)
        return count


async def purge(directory: Directory, accounts: AccountStore, account: Account) -> None:
    """Remove an account, its mail and its passwords, for ever; aliases no longer lead to it.

    Nothing arrives and nobody signs in while its files go: it is marked as removed. Raises: Unavailable.
    """
    await retarget(directory, await directory.aliases_to(account.key), {account.address: ()})
    await accounts.destroy(account.id)
    await directory.remove_account(account.id)
