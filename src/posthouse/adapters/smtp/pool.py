"""Connections that are ready for the next message, kept for a moment."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from posthouse.adapters.smtp.link import Link
from posthouse.ports.transmitter import Route
from posthouse.protocols.smtp.capabilities import Capabilities
from posthouse.protocols.smtp.commands import Quit
from posthouse.protocols.smtp.grammar.command import write_command

IDLE_SECONDS: Final = 10.0
USES: Final = 100
"""Messages on one connection."""
KEPT: Final = 200
"""Idle connections in all."""
_QUIT: Final = write_command(Quit())


@dataclass
class Prepared:
    """A connection on which MAIL may be said."""

    link: Link
    capabilities: Capabilities
    remote: str
    """Host and address, for people."""
    uses: int = 0
    tls: str = ""
    """How it is encrypted, in words."""

    def quit(self) -> None:
        """Say goodbye; nobody waits for the answer."""
        self.link.close(_QUIT)


class Pool:
    """Idle connections by route."""

    def __init__(self) -> None:
        self._idle: dict[Route, deque[tuple[Prepared, asyncio.TimerHandle]]] = {}
        self._count = 0

    def take(self, route: Route) -> Prepared | None:
        """A connection that still stands, the one used last."""
        waiting = self._idle.get(route)
        while waiting:
            prepared, timer = waiting.pop()
            timer.cancel()
            self._count -= 1
            if prepared.link.is_fresh:
                return prepared
            prepared.quit()
        self._idle.pop(route, None)
        return None

    def give(self, route: Route, prepared: Prepared) -> None:
        """Keep a connection for the next message, unless it is worn or there are too many."""
        if not prepared.link.alive or prepared.uses >= USES or self._count >= KEPT:
            prepared.quit()
            return
        timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, route, prepared)
        self._idle.setdefault(route, deque()).append((prepared, timer))
        self._count += 1

    def close(self) -> None:
        """End all idle connections."""
        for waiting in self._idle.values():
            for prepared, timer in waiting:
                timer.cancel()
                prepared.quit()
        self._idle.clear()
        self._count = 0

    def _expire(self, route: Route, prepared: Prepared) -> None:
        waiting = self._idle.get(route, deque())
        for entry in tuple(waiting):
            if entry[0] is prepared:
                waiting.remove(entry)
                self._count -= 1
                prepared.quit()
        if not waiting:
            self._idle.pop(route, None)
