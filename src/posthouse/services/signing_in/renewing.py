"""Hashes of account passwords that are made anew: by another server, or weaker than today's. Only a sign-in knows the password."""

import asyncio
import logging
from typing import Final

from msgspec.structs import replace

from posthouse.foundation.errors import PosthouseError
from posthouse.model.account import Credential
from posthouse.ports.directory import Directory
from posthouse.ports.vault import Vault

RENEW_SECONDS: Final = 5.0
"""Nobody waits longer for it: the next sign-in tries again."""
_log = logging.getLogger(__name__)


class PasswordRenewer:
    """Puts today's hash in the place of an old one; what it cannot do is no reason to refuse anybody."""

    def __init__(self, directory: Directory, vault: Vault) -> None:
        self.directory = directory
        self._vault = vault

    async def renew(self, credential: Credential, password: str) -> bool:
        """Hash a password that has just been proved, where what is kept of it is not current. Whether something changed."""
        if self._vault.is_current(credential.slow_verifier):
            return False
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                renewed = replace(credential, verifiers={"argon2id": await self._vault.hash(password)})
                # Whoever has set another password meanwhile wins.
                return await self.directory.replace_credential(credential, renewed)
        except (PosthouseError, TimeoutError) as error:
            _log.warning("a password's hash is not renewed yet: %s", error)
            return False
