"""What the house itself writes on a mailbox or an account: small facts that are kept as long as it, and that no program sees.

They are annotations under ``model.annotation.HOUSE``, which the verbs of ``services.mail`` leave out and refuse. Each viewer of a
shared mailbox has their own.
"""

from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.sharing.annotation import HOUSE
from posthouse.ports.account_store import AccountStore


class HouseEntries:
    """Entries of one account, as one viewer's (None: its owner's). The verbs raise what the account store raises."""

    __slots__ = ("_account_id", "_store", "_viewer")

    def __init__(self, store: AccountStore, account_id: AccountId, viewer: AccountId | None = None) -> None:
        self._store = store
        self._account_id = account_id
        self._viewer = viewer

    async def read(self, mailbox_id: MailboxId | None, name: str) -> bytes | None:
        """Look an entry up, of a mailbox or of the account itself (None); ``name`` has no slash."""
        return (await self._store.annotations(self._account_id, mailbox_id, viewer=self._viewer)).get(HOUSE + name)

    async def write(self, mailbox_id: MailboxId | None, name: str, value: bytes | None) -> None:
        """Set an entry, or remove it (None)."""
        await self._store.annotate(self._account_id, mailbox_id, {HOUSE + name: value}, viewer=self._viewer)
