"""Counting how TLS goes: noted without waiting, written to the store now and then."""

import asyncio
import contextlib
import logging
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.ports.clock import Clock
from posthouse.ports.tls_results import TlsCount, TlsResults, TlsSession

DELAY_SECONDS: Final = 5.0
KINDS: Final = 10_000
"""Different sessions held while the store is away; what comes beyond is not counted."""
_log = logging.getLogger(__name__)


class TlsTally:
    """One per process."""

    def __init__(self, results: TlsResults, clock: Clock) -> None:
        self._results = results
        self._clock = clock
        self._counts: Counter[tuple[str, TlsSession]] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def note(self, session: TlsSession) -> None:
        """Count one."""
        key = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%d"), session
        if key in self._counts or len(self._counts) < KINDS:
            self._counts[key] += 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon())

    def note_failure(self, domain: str, policy_type: str, result: str, host: str = "", policy_text: str = "") -> None:
        """Count something that went wrong before there was a connection."""
        self.note(TlsSession(policy_type, domain, host, result, "", policy_text))

    async def stop(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        await self.flush()

    async def flush(self) -> None:
        """Write what has been counted; kept for the next time where the store is away."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            await self._results.add([TlsCount(day, session, count) for (day, session), count in counts.items()])
        except PosthouseError as error:
            _log.warning("TLS results cannot be written: %s", error)
            self._counts.update(counts)

    async def _write_soon(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(DELAY_SECONDS)
                if not self._counts:
                    break
                await self.flush()
        self._writing = None
