"""Who asks: the one argument every service verb starts with."""

import enum

import msgspec

from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId, CredentialId


class Role(enum.IntEnum):
    """What a principal may do beyond its own account."""

    OWNER = 0
    """Only its own account."""
    DOMAIN_ADMINISTRATOR = 10
    OPERATOR = 20
    """Everything."""
    SYSTEM = 30
    """The house itself: deliveries, the queue, maintenance."""


class Principal(msgspec.Struct, frozen=True):
    """An authenticated somebody. ``credential_id`` is None for the account password and for the system."""

    account_id: AccountId
    address: str
    role: Role = Role.OWNER
    credential_id: CredentialId | None = None
    credential_epoch: int = 0
    """The account's credential epoch when it signed in; a higher one in the directory ends its sessions."""

    def require_account(self, account_id: AccountId) -> None:
        """Check that this principal may read and write the mail of the account.

        Raises: NotPermitted.
        """
        if self.account_id != account_id and self.role is not Role.SYSTEM:
            raise NotPermitted("this mailbox belongs to somebody else")

    def require_operator(self) -> None:
        """Check that this principal may administer the whole service.

        Raises: NotPermitted.
        """
        if self.role < Role.OPERATOR:
            raise NotPermitted("only an operator may do this")


SYSTEM = Principal(AccountId(b"\0" * 16), "system", Role.SYSTEM)
