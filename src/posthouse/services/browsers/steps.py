"""Steps (``ports.signing_in.steps``) by the random secret that whoever goes on has to hold."""

import base64
from typing import Final

from posthouse.foundation.ids import AccountId
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.signing_in.steps import Step, Steps
from posthouse.ports.vault import Vault

SECRET_OCTETS: Final = 32
MOST: Final = 50
"""Steps an account may have open; a new one takes the place of the oldest."""


class SecretSteps:
    """All raise Unavailable."""

    def __init__(self, kept: Steps, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._kept = kept
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    async def begin(self, purpose: bytes, account_id: AccountId, value: bytes, seconds: float) -> str:
        """Keep a step for so long; returns its secret."""
        secret = new_secret(self._entropy)
        now = self._clock.now()
        await self._kept.put(Step(self._key(purpose, secret), account_id, value, now + seconds), MOST, now)
        return secret

    async def attempt(self, purpose: bytes, secret: str, most: int) -> Step | None:
        """The step, while it has not been tried ``most`` times."""
        return await self._kept.attempt(self._key(purpose, secret), most, self._clock.now())

    async def take(self, purpose: bytes, secret: str) -> Step | None:
        """Use the step up."""
        return await self._kept.take(self._key(purpose, secret), self._clock.now())

    def _key(self, purpose: bytes, secret: str) -> bytes:
        return self._vault.keyed(b"step\0" + purpose + b"\0" + secret.encode("utf-8", "surrogatepass"))


def new_secret(entropy: Entropy) -> str:
    """256 bits as 43 characters that may stand in a cookie and in a link."""
    return base64.urlsafe_b64encode(entropy.octets(SECRET_OCTETS)).decode().rstrip("=")
