"""Which addresses an account may send as: its own, and the aliases that lead to it."""

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotPermitted
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.ports.directory import DirectoryReader
from posthouse.services.receive.recipients import SUBADDRESS


class Identity:
    """Checks sender addresses. Every verb raises Unavailable when the directory cannot be read."""

    def __init__(self, directory: DirectoryReader) -> None:
        self._directory = directory

    async def require(self, principal: Principal, address: Address, what: str) -> None:
        """Check that the principal may send as the address; ``what`` names where it stands.

        Raises: NotPermitted, naming the address and what may be used instead.
        """
        account = await self._directory.account(principal.account_id)
        if account is None or not await self._owns(account, address):
            own = principal.address if account is None else account.address
            raise NotPermitted(f"{own} may not send as {format_mailbox(address)} ({what})")

    async def _owns(self, account: Account, address: Address) -> bool:
        base, plus, _ = address.local_part.partition(SUBADDRESS)
        spellings = (address, Address(base, address.domain)) if plus and base else (address,)
        try:
            keys = {address_key(spelling) for spelling in spellings}
        except ValueError:
            return False
        if account.key in keys:
            return True
        aliases = await self._directory.aliases_to(account.key)
        return any(alias.key in keys for alias in aliases)
