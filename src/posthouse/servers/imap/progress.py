"""Saying that a long command is still worked on (RFC 9585), so that neither people nor their routers give up on it."""

import asyncio
from types import TracebackType
from typing import Final, Protocol, Self

from posthouse.protocols.imap.responses.codes import in_progress
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.modes import Modes

PROGRESS_SECONDS: Final = 10.0
"""RFC 9585 §3: at most every ten seconds."""


class Speaker(Protocol):
    """The session whose command takes long."""

    tag: bytes
    modes: Modes

    def write(self, octets: bytes) -> None:
        """Say something."""

    def flush(self) -> None:
        """Send what was written."""


class Patience:
    """A context for one long step of a command, in which nothing else is written; ``done`` may be raised meanwhile.

    A command that writes its answer bit by bit calls ``between`` where a line may stand, and uses no context.
    """

    __slots__ = ("_goal", "_speaker", "_spoken_at", "_timer", "done")

    def __init__(self, speaker: Speaker, goal: int | None = None) -> None:
        self.done: int | None = None if goal is None else 0
        self._goal = goal
        self._speaker = speaker
        self._timer: asyncio.TimerHandle | None = None
        self._spoken_at = asyncio.get_running_loop().time()

    def __enter__(self) -> Self:
        """Begin to watch the clock."""
        self._timer = asyncio.get_running_loop().call_later(PROGRESS_SECONDS, self._remind)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """The step is over."""
        if self._timer is not None:
            self._timer.cancel()

    def between(self, done: int) -> None:
        """Say how far the command is, if that is due."""
        self.done = done
        now = asyncio.get_running_loop().time()
        if now - self._spoken_at >= PROGRESS_SECONDS:
            self._spoken_at = now
            self._say()

    def _remind(self) -> None:
        self._say()
        self._timer = asyncio.get_running_loop().call_later(PROGRESS_SECONDS, self._remind)

    def _say(self) -> None:
        self._speaker.write(
            untagged_ok(self._speaker.modes.say("Still at it"), in_progress(self._speaker.tag, self.done, self._goal))
        )
        self._speaker.flush()
