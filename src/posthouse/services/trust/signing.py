"""Signs mail of our own domains (DKIM) as it goes out."""

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from posthouse.foundation.errors import Corrupt
from posthouse.model.content import Content
from posthouse.model.domain_key import DomainKey, KeyState
from posthouse.model.settings.relay import DKIM_SIGN
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.spool import Spool
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings
from posthouse.services.trust.octets import QUICK_OCTETS, divided
from posthouse.trust.dkim.sign import BodyHash, SigningKey, private_key, sign_digest

REMEMBERED: Final = 1_000
"""Opened keys kept: some 4 KB each."""
_log = logging.getLogger(__name__)


class Signer:
    """Makes the DKIM-Signature fields of a message. What it needs of a domain is read each time, opened keys are remembered."""

    def __init__(self, directory: DirectoryReader, vault: Vault, settings: Settings, spool: Spool, clock: Clock) -> None:
        self._directory = directory
        self._vault = vault
        self._settings = settings
        self._spool = spool
        self._clock = clock
        self._opened: OrderedDict[bytes, SigningKey] = OrderedDict()

    async def signatures(self, content: Content, domain: str) -> bytes:
        """The fields to put in front (``Content.with_prefix``): one for each active key of the domain (its key, A-labels).

        Nothing where the domain is not ours, has no active key, does not want to sign, or the message has no From. The domain
        is to be that of the From field, so that DMARC finds both aligned. The message must be complete: what is added later
        to signed fields breaks the signature.
        Raises: Unavailable (the directory); NotFound, Corrupt (the spool).
        """
        keys = [key for key in await self._directory.domain_keys(domain) if key.state is KeyState.ACTIVE]
        if not keys or not await self._settings.get(DKIM_SIGN, domain=domain):
            return b""
        head, body = await divided(content, self._spool)
        digest = BodyHash()
        async for chunk in body:
            if len(chunk) <= QUICK_OCTETS:
                digest.update(chunk)
            else:
                await asyncio.to_thread(digest.update, chunk)
        return await asyncio.to_thread(self._signed, head, digest, keys)

    def _signed(self, head: bytes, digest: BodyHash, keys: list[DomainKey]) -> bytes:
        opened = [found for key in keys if (found := self._open(key)) is not None]
        try:
            return sign_digest(head, digest.finish(), opened, keys[0].domain, int(self._clock.now()))
        except ValueError:
            return b""  # nobody wrote it: there is nothing to vouch for

    def _open(self, key: DomainKey) -> SigningKey | None:
        """The key ready for use; None for one this installation cannot open, which must not stop mail."""
        known = self._opened.get(key.sealed)
        if known is not None:
            return known
        try:
            made = SigningKey(key.selector, private_key(self._vault.unseal(key.sealed)))
        except (Corrupt, ValueError) as error:
            _log.error("the DKIM key %s of %s cannot be used: %s", key.selector, key.domain, error)
            return None
        self._opened[key.sealed] = made
        while len(self._opened) > REMEMBERED:
            self._opened.popitem(last=False)
        return made
