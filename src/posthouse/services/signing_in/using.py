"""Noting when and from where credentials are used: collected for a moment, then kept in one go, never on anybody's way."""

import asyncio
import contextlib
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.principal import Principal
from posthouse.ports.clock import Clock
from posthouse.ports.credential_uses import PROGRAM_CHARACTERS, CredentialUses, Use
from posthouse.services.guard.guarding import Source

DELAY_SECONDS: Final = 3.0
DIFFERENT: Final = 10_000
"""Uses held in memory; beyond them nothing new is noted until they have been kept."""
_Key = tuple[bytes, str, str]


class UseNoting:
    """One per process that people sign in to."""

    def __init__(self, kept: CredentialUses, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self._noted: dict[_Key, Use] = {}
        self._scheduled: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Task[None] | None = None

    def note(self, principal: Principal, source: Source) -> None:
        """Note that somebody has signed in, or has said which program it is; never waits, never raises."""
        if principal.credential_id is None or not source.protocol:
            return
        program = _printable(source.program)
        key: _Key = (principal.credential_id, source.protocol, program)
        if program:
            nameless = self._noted.get((principal.credential_id, source.protocol, ""))
            if nameless is not None and nameless.address == source.address:
                # The same program, before it has said its name.
                del self._noted[principal.credential_id, source.protocol, ""]
        if key not in self._noted and len(self._noted) >= DIFFERENT:
            return
        self._noted[key] = Use(
            principal.account_id, principal.credential_id, source.protocol, program, source.address, self._clock.now()
        )
        if self._scheduled is None:
            self._scheduled = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._begin)

    async def keep(self) -> None:
        """Keep what has been noted; where nobody takes it, it waits for the next time."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            await self._kept.note(list(noted.values()))
        except PosthouseError:
            self._noted = noted | self._noted

    async def stop(self) -> None:
        """Keep what is left."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        if self._keeping is not None:
            await asyncio.wait([self._keeping])
        with contextlib.suppress(PosthouseError):
            await self.keep()

    def _begin(self) -> None:
        self._scheduled = None
        self._keeping = asyncio.get_running_loop().create_task(self.keep())


def _printable(program: str) -> str:
    return "".join(character for character in program[:PROGRAM_CHARACTERS] if character.isprintable()).strip()
