"""Which addresses an account may send as (E4): its own, aliases that lead to it, those of whom it works for, those of a rule."""

from posthouse.filters.access import AccessList
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, Status
from posthouse.model.mailbox import INBOX
from posthouse.model.principal import Principal
from posthouse.model.settings.people import SUBMIT_ALSO_FROM, SUBMIT_DELEGATES
from posthouse.model.sharing.rights import Right, rights_among
from posthouse.ports.account_store import AccountStore
from posthouse.ports.directory import DirectoryReader
from posthouse.services.receive.addresses.meaning import meant_key
from posthouse.services.receive.recipients import SUBADDRESS
from posthouse.services.settings import Settings
from posthouse.services.sharing.grantees import Grantees


class Identity:
    """Checks sender addresses. Every verb raises Unavailable when directory or store cannot be read."""

    def __init__(self, directory: DirectoryReader, accounts: AccountStore, settings: Settings) -> None:
        self._directory = directory
        self._grantees = Grantees(directory)
        self._accounts = accounts
        self._settings = settings

    async def require(self, principal: Principal, address: Address, what: str) -> None:
        """Check that the principal may send as the address; ``what`` names where it stands.

        Raises: NotPermitted, naming the address and what may be used instead.
        """
        account = await self._directory.account(principal.account_id)
        if account is None or not await self._may_use(account, address):
            own = principal.address if account is None else account.address
            raise NotPermitted(f"{own} may not send as {format_mailbox(address)} ({what})")

    async def _may_use(self, account: Account, address: Address) -> bool:
        base, plus, _ = address.local_part.partition(SUBADDRESS)
        spellings = (address, Address(base, address.domain)) if plus and base else (address,)
        try:
            keys = [await meant_key(self._directory, spelling) for spelling in spellings]
        except ValueError:
            return False
        if account.key in keys:
            return True
        if any(alias.key in keys for alias in await self._directory.aliases_to(account.key)):
            return True
        if await self._allowed_by_rule(account, keys[0]):
            return True
        for key in keys:
            holder = await self._directory.account_at(key)
            if holder is not None and holder.status is Status.ACTIVE and await self._is_delegate(account, holder):
                return True
        return False

    async def _allowed_by_rule(self, account: Account, key: str) -> bool:
        patterns = await self._settings.get(SUBMIT_ALSO_FROM, domain=account.domain, account=to_text(account.id))
        return bool(patterns) and AccessList(patterns).sender(key) is not None

    async def _is_delegate(self, account: Account, holder: Account) -> bool:
        """Whoever is named by the holder, or administers its inbox (as the keepers of a shared mailbox do)."""
        named = await self._settings.get(SUBMIT_DELEGATES, account=to_text(holder.id))
        if account.key in (_key(text) for text in named):
            return True
        try:
            inbox = next(box for box in await self._accounts.mailboxes(holder.id) if box.name == INBOX)
            grants = await self._accounts.grants(holder.id, inbox.id)
        except (NotFound, StopIteration):
            return False
        return bool(rights_among(grants, await self._grantees.standing_for(account.id)) & Right.ADMINISTER)


def _key(text: str) -> str:
    try:
        return address_key(parse_mailbox(text))
    except (InvalidMailbox, ValueError):
        return ""
