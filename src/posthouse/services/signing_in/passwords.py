"""Whether somebody knows an account's password: slow to check, remembered for a while."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from posthouse.foundation.ids import CredentialId
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.ports.clock import Clock
from posthouse.ports.vault import Vault
from posthouse.services.signing_in.renewing import PasswordRenewer

REMEMBERED: Final = 10_000
REMEMBER_SECONDS: Final = 600.0


class AccountPasswords:
    """One per process that people sign in to."""

    def __init__(self, vault: Vault, clock: Clock, renewer: PasswordRenewer | None = None) -> None:
        self._vault = vault
        self._clock = clock
        self._renewer = renewer
        self._remembered: OrderedDict[bytes, tuple[int, float, CredentialId]] = OrderedDict()

    async def prove(self, account: Account | None, credentials: Sequence[Credential], password: str) -> Credential | None:
        """The account password this is; None: none. It is as much work where there is no account, or no password.

        Raises: Unavailable when too many wait.
        """
        passwords = [credential for credential in credentials if credential.kind is CredentialKind.PASSWORD]
        if account is None or not passwords:
            await self._vault.verify(b"", password)
            return None
        for credential in passwords:
            if await self._proves(account, credential, password):
                return credential
        return None

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
