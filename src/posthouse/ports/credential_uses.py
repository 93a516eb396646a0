"""When and from where credentials were last used, for their owners. A help, not a truth: the last seconds may be lost."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from posthouse.foundation.ids import AccountId, CredentialId

PROGRAM_CHARACTERS = 100


class Use(msgspec.Struct, frozen=True):
    """The last time a program has signed in with a credential."""

    account_id: AccountId
    credential_id: CredentialId
    protocol: str
    """``imap``, ``pop3``, ``submission``…"""
    program: str
    """What it calls itself, at most ``PROGRAM_CHARACTERS``; empty where it does not say."""
    address: str
    """The client's IP address; empty where there is none."""
    at: float
    """Seconds since 1970."""


class CredentialUses(Protocol):
    """Keeps the last use for each credential, protocol and program; all verbs raise Unavailable."""

    async def note(self, uses: Sequence[Use]) -> None:
        """Keep what is newer than what is known. The programs of one credential have a bound: the oldest are forgotten."""
        ...

    async def last(self, account_id: AccountId) -> list[Use]:
        """The uses of an account's credentials, the newest first."""
        ...
