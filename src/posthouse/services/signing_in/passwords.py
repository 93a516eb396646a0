"""Whether somebody knows an account's password: slow to check, remembered for a while."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from posthouse.foundation.ids import CredentialId
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.ports.clock import Clock
from posthouse.ports.vault import Vault
from posthouse.services.signing_in.outside_passwords import OutsidePasswords
from posthouse.services.signing_in.renewing import PasswordRenewer


class Proved(NamedTuple):
    """A password has been proved."""

    credential: Credential | None
    """What is kept of it; None: somebody outside knows it."""


REMEMBERED: Final = 10_000
REMEMBER_SECONDS: Final = 600.0


class AccountPasswords:
    """One per process that people sign in to."""

    def __init__(
        self, vault: Vault, clock: Clock, renewer: PasswordRenewer | None = None, outside: OutsidePasswords | None = None
    ) -> None:
        self._outside = outside
        self._vault = vault
        self._clock = clock
        self._renewer = renewer
        self._remembered: OrderedDict[bytes, tuple[int, float, CredentialId]] = OrderedDict()

    async def prove(self, account: Account | None, credentials: Sequence[Credential], password: str) -> Proved | None:
        """Whether this is the account's password; None: it is not. It is as much work where there is no account, or no password.

        Raises: Unavailable when too many wait, or who knows it outside is away.
        """
        passwords = [credential for credential in credentials if credential.kind is CredentialKind.PASSWORD]
        outside = self._outside
        source = None if account is None or outside is None else await outside.source(account.domain)
        if source is not None and outside is not None and account is not None and not await outside.own_count_too(account.domain):
            passwords = []
        if account is None or not (passwords or source):
            await self._vault.verify(b"", password)
            return None
        for credential in passwords:
            if await self._proves(account, credential, password):
                return Proved(credential)
        if source is not None and outside is not None and await outside.prove(source, account, password):
            return Proved(None)
        return None

    async def are_ours(self, domain: str) -> bool:
        """Whether the passwords that are kept here count in a domain (its key). Raises: Unavailable."""
        outside = self._outside
        return outside is None or await outside.source(domain) is None or await outside.own_count_too(domain)

    async def is_right(self, account: Account, credentials: Sequence[Credential], password: str) -> bool:
        """Whether this is the account's password, after the same work whether it is or not: nothing is remembered.

        Raises: Unavailable, as ``prove``.
        """
        verifiers = [each.slow_verifier for each in credentials if each.kind is CredentialKind.PASSWORD]
        if await self._vault.verify(verifiers[0] if verifiers else b"", password):
            return True
        source = None if self._outside is None else await self._outside.source(account.domain)
        return source is not None and self._outside is not None and await self._outside.prove(source, account, password, again=True)

    async def _proves(self, account: Account, credential: Credential, password: str) -> bool:
        now = self._clock.now()
        proof = self._vault.keyed(account.id + credential.id + password.encode())
        known = self._remembered.get(proof)
        if known is not None and known[0] == account.credential_epoch and known[1] > now:
            return True
        if not await self._vault.verify(credential.slow_verifier, password):
            return False
        if self._renewer is not None:
            await self._renewer.renew(credential, password)
        self._remembered[proof] = (account.credential_epoch, now + REMEMBER_SECONDS, credential.id)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return True
