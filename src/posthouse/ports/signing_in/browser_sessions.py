"""Sessions of browsers: kept over restarts, ended at once."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.foundation.ids import AccountId, CredentialId, SessionId

PROGRAM_CHARACTERS = 200


class BrowserSession(msgspec.Struct, frozen=True):
    """A browser that is signed in. What it holds to show that is kept nowhere: only a keyed hash of it."""

    id: SessionId
    key: bytes
    """The keyed hash."""
    account_id: AccountId
    created_at: float
    seen_at: float
    """Within a minute."""
    until: float
    """When it ends, used or not."""
    address: str
    """The IP address it was used from last."""
    program: str
    """What the browser calls itself, at most ``PROGRAM_CHARACTERS``."""
    proofs: tuple[str, ...] = ()
    """By what its owner was recognised (``services.browsers.sessions.Proof``)."""
    password: CredentialId | None = None
    """The account password there was when it began; with another one it ends. None: there was none."""
    credential: CredentialId | None = None
    """What it was begun with beside the password (a passkey): it ends with that."""
    new_password_wanted: bool = False
    """The password is weaker than passwords have to be by now."""


class BrowserSessions(Protocol):
    """Keeps them; all verbs raise Unavailable and OutOfSpace. Whether one still counts is for services to say."""

    async def begin(self, session: BrowserSession, most: int) -> None:
        """Keep a session; where the account has more than ``most``, those that were used longest ago end."""
        ...

    async def find(self, key: bytes, now: float) -> BrowserSession | None:
        """The session with this key, unless its time is over."""
        ...

    async def seen(self, key: bytes, address: str, now: float) -> None:
        """Note that a session is used."""
        ...

    async def of(self, account_id: AccountId, now: float) -> list[BrowserSession]:
        """The sessions of an account, the one used last first."""
        ...

    async def end(self, account_id: AccountId, ids: Sequence[SessionId]) -> int:
        """End sessions of an account; returns how many there were."""
        ...
