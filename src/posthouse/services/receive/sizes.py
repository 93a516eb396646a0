"""How large messages may be for one mailbox: what it takes, and what it may send (B2)."""

from posthouse.foundation.errors import TooLarge
from posthouse.foundation.ids import to_text
from posthouse.foundation.units import format_octets
from posthouse.model.account import Account
from posthouse.model.settings.receiving import RECEIVE_MESSAGE_OCTETS, SEND_MESSAGE_OCTETS
from posthouse.services.receive.recipients import Resolved
from posthouse.services.settings import Settings


class TooLargeForMailbox(TooLarge):
    """The house would take the message, its mailbox does not."""


class Sizes:
    """Looks the limits up; 0 is none beside that of the house."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def received(self, account: Account) -> int:
        """Octets of the largest message a mailbox takes."""
        return await self._settings.get(RECEIVE_MESSAGE_OCTETS, domain=account.domain, account=to_text(account.id))

    async def sent(self, account: Account) -> int:
        """Octets of the largest message a mailbox may send."""
        return await self._settings.get(SEND_MESSAGE_OCTETS, domain=account.domain, account=to_text(account.id))

    async def appended(self, account: Account) -> int:
        """Octets of the largest message its owner may put in: what was sent is kept, too."""
        received, sent = await self.received(account), await self.sent(account)
        return max(received, sent) if received and sent else 0

    async def of_address(self, resolved: Resolved) -> int:
        """Octets of the largest message anybody takes who gets what comes for an address."""
        if resolved.foreign or resolved.groups or not resolved.accounts:
            return 0
        limits = [await self.received(account) for account in resolved.accounts]
        return max(limits) if all(limits) else 0

    async def require_receivable(self, account: Account, octets: int) -> None:
        """Raises: TooLargeForMailbox."""
        require(octets, await self.received(account), account.address)

    async def require_sendable(self, account: Account, octets: int) -> None:
        """Raises: TooLarge."""
        limit = await self.sent(account)
        if 0 < limit < octets:
            raise TooLarge(f"{account.address} may send messages of at most {format_octets(limit)}; this one has {octets} octets")


def require(octets: int, limit: int, address: str) -> None:
    """Raises: TooLargeForMailbox."""
    if 0 < limit < octets:
        raise TooLargeForMailbox(f"{address} takes messages of at most {format_octets(limit)}; this one has {octets} octets")
