"""Mail programs that are signed in now, as one process knows them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.foundation.ids import AccountId, CredentialId, SessionId


class ProgramSession(msgspec.Struct, frozen=True):
    """One connection that has signed in."""

    id: SessionId
    account_id: AccountId
    credential_id: CredentialId | None
    """With what."""
    protocol: str
    """``imap``, ``pop3``, ``submission``."""
    address: str
    """The client's IP address."""
    since: float


class ProgramSessions(Protocol):
    """Those of one process; all verbs raise Unavailable."""

    async def of(self, account_id: AccountId) -> list[ProgramSession]:
        """The connections of an account, in the order they signed in."""
        ...

    async def end(self, account_id: AccountId, ids: Sequence[SessionId]) -> int:
        """Close connections of an account; returns how many there were."""
        ...
