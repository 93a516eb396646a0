"""The guard with a file beside it that other programs follow: one line for each failure that counts and each block (J1).

    2026-11-26T02:13:00Z posthouse failure from 192.0.2.1
    2026-11-26T02:13:00Z posthouse block 192.0.2.0/24 for 300 s

Names of accounts are not in it: a stranger chooses them.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.filters.guard.counting import Rules
from posthouse.ports.guard import Attempt, Block, Blocked, Standing

FILE_OCTETS: Final = 4_194_304
"""A longer file is renamed to ``.1``, in the place of the one before."""
SECONDS: Final = 0.5
"""Lines are written together."""
LINES: Final = 20_000
"""More wait for a disk that does not take them? They are left out."""


class Feed:
    """Appends lines to a file, in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []
        self._writing: asyncio.Task[None] | None = None

    def note(self, words: str, now: float) -> None:
        """Add a line."""
        if len(self._lines) < LINES:
            self._lines.append(f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ} posthouse {words}\n")
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def stop(self) -> None:
        """Write what waits."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        await asyncio.to_thread(self._append, self._take())

    async def _write(self) -> None:
        await asyncio.sleep(SECONDS)
        await asyncio.to_thread(self._append, self._take())

    def _take(self) -> str:
        taken, self._lines = "".join(self._lines), []
        return taken

    def _append(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a help for others; a full disk must not stop the keeper
            if self._path.exists() and self._path.stat().st_size > FILE_OCTETS:
                self._path.replace(self._path.with_suffix(self._path.suffix + ".1"))
            if text:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(text)


class FollowedGuard:
    """The guard's verbs; what they come to is fed."""

    def __init__(self, guard: GuardDatabase, feed: Feed) -> None:
        self._guard = guard
        self._feed = feed

    async def standing(self, attempt: Attempt, now: float) -> Standing:
        """Whether anything is blocked."""
        return await self._guard.standing(attempt, now)

    async def failed(self, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
        """Count a failure, unless something is blocked already."""
        standing = await self._guard.failed(attempt, secret, rules, now)
        if standing.blocked is None or standing.begins:
            self._feed.note(f"failure from {attempt.address}", now)
        subject = {Blocked.ADDRESS: attempt.near, Blocked.NETWORK: attempt.wide}.get(standing.blocked or Blocked.HAND)
        if standing.begins and subject is not None:
            self._feed.note(f"block {subject} for {standing.seconds:.0f} s", now)
        return standing

    async def succeeded(self, attempt: Attempt, now: float, *, strong: bool) -> Standing:
        """Remember from where an account is used, unless something is blocked."""
        return await self._guard.succeeded(attempt, now, strong=strong)

    async def blocks(self, now: float) -> list[Block]:
        """All blocks in force."""
        return await self._guard.blocks(now)

    async def add(self, network: str, until: float) -> None:
        """Block a network by hand."""
        await self._guard.add(network, until)

    async def remove(self, subject: str) -> int:
        """Lift blocks and forget failures."""
        return await self._guard.remove(subject)
