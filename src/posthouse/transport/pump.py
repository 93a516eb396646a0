"""Serving one connection's commands in order, without holding a task while nothing is to be done."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_RUNNING: set[asyncio.Task[None]] = set()
"""The loop itself holds tasks weakly."""


class Pump:
    """Runs a session's ``serve`` coroutine whenever there may be work and none is running.

    ``serve`` takes one event after the other until its protocol needs more octets, then returns. ``kick`` is called whenever octets
    (or hints) have come. Between commands an idle connection has no task.
    """

    __slots__ = ("_again", "_failed", "_serve", "_task")

    def __init__(self, serve: Callable[[], Coroutine[Any, Any, None]], failed: Callable[[BaseException], None]) -> None:
        self._serve = serve
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        self._again = False

    @property
    def running(self) -> bool:
        """Whether a command is being served."""
        return self._task is not None

    def kick(self) -> None:
        """Serve what is there; when it is being served already, look once more afterwards."""
        if self._task is not None:
            self._again = True
            return
        self._task = task = asyncio.get_running_loop().create_task(self._serve())
        _RUNNING.add(task)
        task.add_done_callback(self._done)

    def cancel(self) -> None:
        """Stop what is being served: the other side is gone."""
        self._again = False
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        _RUNNING.discard(task)
        self._task = None
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._failed(error)
        elif self._again:
            self._again = False
            self.kick()
