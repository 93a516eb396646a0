"""Challenges that are kept nowhere until they are answered: they say themselves what they are for and until when.

16 random octets, the time (seconds since 1970, eight octets), and 16 octets of a keyed hash of both and of what it is bound to.
That one was answered is kept for as long as it would count, so that it counts once.
"""

import hmac
from typing import Final

from posthouse.foundation.ids import AccountId
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.signing_in.steps import Step, Steps
from posthouse.ports.vault import Vault
from posthouse.services.browsers.steps import MOST

SECONDS: Final = 900
_RANDOM: Final = 16
_TIME: Final = 8
_SEAL: Final = 16


class Challenges:
    """One per process."""

    def __init__(self, kept: Steps, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._kept = kept
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    def new(self, bound: bytes) -> bytes:
        """A challenge that counts for a quarter of an hour, for what it is bound to."""
        until = int(self._clock.now()) + SECONDS
        head = self._entropy.octets(_RANDOM) + until.to_bytes(_TIME, "big")
        return head + self._seal(head, bound)

    def is_good(self, challenge: bytes, bound: bytes) -> bool:
        """Whether a challenge is ours, bound to this, and its time is not over."""
        head, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not hmac.compare_digest(seal, self._seal(head, bound)):
            return False
        return _until(challenge) > self._clock.now()

    async def use(self, challenge: bytes, account_id: AccountId) -> bool:
        """Use up a good challenge, which this account has answered rightly. False: it was used before. Raises: Unavailable."""
        key, until = self._vault.keyed(b"answered\0" + challenge), _until(challenge)
        return await self._kept.put(Step(key, account_id, b"", until), MOST, self._clock.now())

    def _seal(self, head: bytes, bound: bytes) -> bytes:
        return self._vault.keyed(b"challenge\0" + head + b"\0" + bound)[:_SEAL]


def _until(challenge: bytes) -> float:
    return float(int.from_bytes(challenge[_RANDOM : _RANDOM + _TIME], "big"))
