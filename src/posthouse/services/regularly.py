"""Work that is looked at now and then by one process of an installation: reports that are due, keys whose time is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from posthouse.foundation.errors import PosthouseError

Work = Callable[[], Awaitable[int]]
_log = logging.getLogger(__name__)


class Regularly:
    """Does each piece of work at once and then every so many seconds; what fails is tried again the next time, alone."""

    def __init__(self, work: Mapping[str, Work], seconds: float) -> None:
        """``work`` by name, for the log; each tells how much it did."""
        self._work = work
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what is under way is broken off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            for name, work in self._work.items():
                try:
                    if count := await work():
                        _log.info("%s: %d", name, count)
                except PosthouseError as error:
                    _log.warning("%s: %s; tried again later", name, error)
                except Exception:  # noqa: BLE001 - one piece of work must not end the others
                    _log.exception("%s failed", name)
            await asyncio.sleep(self._seconds)
