"""Signing keys whose time is over go by themselves: what was signed with them has arrived long ago."""

from typing import Final

from posthouse.model.domain_key import KeyState
from posthouse.model.settings.relay import DKIM_RETIRING_DAYS
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.services.settings import Settings

_DAY: Final = 86_400


class ExpiringKeys:
    """Looks at all domains."""

    def __init__(self, directory: Directory, settings: Settings, clock: Clock) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock

    async def remove_due(self) -> int:
        """Forget keys that have been retiring for as long as they have to; tells how many. Raises: Unavailable."""
        before = self._clock.now() - self._settings[DKIM_RETIRING_DAYS] * _DAY
        count = 0
        for domain in await self._directory.domains():
            for key in await self._directory.domain_keys(domain.key):
                if key.state is KeyState.RETIRING and key.changed_at <= before:
                    await self._directory.remove_domain_key(domain.key, key.selector)
                    count += 1
        return count
