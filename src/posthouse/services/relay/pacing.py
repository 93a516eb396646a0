"""How much one server takes at once: connections per host, however many domains it serves, and fewer when it says so.

A server begins with a few connections, earns more by taking mail, and loses half of them whenever it says that it is too much
(421, 4.3.2, 4.4.5, 4.7.0 and its kind) or breaks off; a server that keeps saying so is left alone for longer and longer.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from posthouse.ports.clock import Clock
from posthouse.ports.transmitter import Result, Route

FIRST: Final = 5
"""Connections a server begins with."""
EARNED_BY: Final = 4
"""Messages taken for one connection more."""
REST_SECONDS: Final = 15.0
"""The first rest; each one more is twice as long."""
LONGEST_REST_SECONDS: Final = 900.0
HOSTS: Final = 10_000
"""Servers remembered."""
TOO_MUCH: Final = frozenset({"4.3.1", "4.3.2", "4.4.5", "4.5.3", "4.7.0", "4.7.28", "4.7.650"})
SHUTTING_DOWN: Final = 421


class Resting(Exception):
    """The server is left alone until a moment (seconds since 1970)."""

    def __init__(self, until: float) -> None:
        super().__init__("the server has said that it is too much; it is left alone for a while")
        self.until = until


class _Host:
    """One server."""

    __slots__ = ("allowed", "busy", "rest", "taken", "until", "waiting")

    def __init__(self) -> None:
        self.allowed = FIRST
        self.busy = 0
        self.taken = 0
        self.rest = 0.0
        self.until = 0.0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Pacing:
    """All servers of a process."""

    def __init__(self, clock: Clock, most: Callable[[], int]) -> None:
        self._clock = clock
        self._most = most
        self._hosts: dict[str, _Host] = {}
        self._resting: dict[str, float] = {}

    def free(self, host: str) -> int:
        """How many more transmissions a server may have now."""
        known = self._hosts.get(host)
        if known is None:
            return min(FIRST, self._most())
        if known.until > self._clock.now():
            return 0
        return max(min(known.allowed, self._most()) - known.busy, 0)

    def rests(self) -> list[float]:
        """Until when servers are left alone."""
        now = self._clock.now()
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        return list(self._resting.values())

    def rests_until(self, host: str) -> float:
        """Until when a server is left alone; a moment that has passed where it is not."""
        known = self._hosts.get(host)
        return 0.0 if known is None else known.until

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Have a transmission to a server; waits until there is room. Raises: Resting."""
        known = self._known(host)
        if known.until > self._clock.now():
            raise Resting(known.until)
        while known.busy >= min(known.allowed, self._most()):
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            known.waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                self._wake(known)
                raise
            if known.until > self._clock.now():
                self._wake(known)
                raise Resting(known.until)
        known.busy += 1
        try:
            yield
        finally:
            known.busy -= 1
            self._wake(known)

    def learn(self, host: str, results: list[Result]) -> None:
        """Take note of what a server has said."""
        known = self._known(host)
        if any(_is_too_much(result) for result in results):
            known.allowed, known.taken = max(min(known.allowed, self._most()) // 2, 1), 0
            known.rest = min(known.rest * 2 or REST_SECONDS, LONGEST_REST_SECONDS)
            known.until = self._resting[host] = self._clock.now() + known.rest
        elif any(result.code // 100 == 2 for result in results):
            known.rest = 0.0
            known.taken += 1
            if known.taken >= EARNED_BY and known.allowed < self._most():
                known.allowed, known.taken = known.allowed + 1, 0

    def forget_rests(self) -> None:
        """Whoever says *try now* knows more than we do."""
        for known in self._hosts.values():
            known.until = known.rest = 0.0
        self._resting.clear()

    def _known(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            if len(self._hosts) >= HOSTS:
                now = self._clock.now()
                self._hosts = {name: kept for name, kept in self._hosts.items() if kept.busy or kept.waiting or kept.until > now}
            known = self._hosts[host] = _Host()
        return known

    @staticmethod
    def _wake(known: _Host) -> None:
        while known.waiting:
            place = known.waiting.popleft()
            if not place.done():
                place.set_result(None)
                return


def host_of(route: Route) -> str:
    """What counts as one server: its name and port, or the command."""
    return f"{route.host.lower()}:{route.port}" if route.port else f"{route.scheme}:{route.host}"


def _is_too_much(result: Result) -> bool:
    return result.code == SHUTTING_DOWN or (400 <= result.code < 500 and result.status in TOO_MUCH)
