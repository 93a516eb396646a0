"""App passwords that came from another installation: without a keyed hash of this one, until they are used for the first time.

Their SCRAM keys prove them (a few milliseconds, and only for whoever knows the first characters); then this installation makes a
keyed hash of its own.
"""

import asyncio
import hmac
import logging
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from posthouse.foundation.errors import PosthouseError
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.ports.directory import Directory
from posthouse.ports.vault import Vault
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, grouped, normalised, scram_keys, verifier_of

HMAC: Final = "hmac"
SCRAM: Final = "scram-sha-256"
_log = logging.getLogger(__name__)


class MovedAppPasswords:
    """Proves them; without a directory to write to they are proved this way again."""

    def __init__(self, vault: Vault, directory: Directory | None) -> None:
        self._vault = vault
        self._directory = directory

    async def prove(self, account: Account, credentials: Sequence[Credential], password: str) -> Credential | None:
        """The app password that this is; None: it is none of them."""
        secret = normalised(password)
        for credential in credentials:
            if credential.kind is not CredentialKind.APP_PASSWORD or credential.lookup != secret[:LOOKUP_CHARACTERS]:
                continue
            if HMAC in credential.verifiers or SCRAM not in credential.verifiers:
                continue
            keys = await asyncio.to_thread(scram_keys, "sha256", grouped(secret), account.scram_salt)
            if hmac.compare_digest(keys, credential.verifiers[SCRAM]):
                return await self._settled(account, credential, secret)
        return None

    async def _settled(self, account: Account, credential: Credential, secret: str) -> Credential:
        keyed = replace(credential, verifiers=credential.verifiers | {HMAC: verifier_of(self._vault, account.id, secret)})
        try:
            if self._directory is not None and await self._directory.replace_credential(credential, keyed):
                return keyed
        except PosthouseError as error:
            _log.warning("an app password that has moved here has no keyed hash yet: %s", error)
        return credential
